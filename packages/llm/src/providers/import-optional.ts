import { BezoarError } from '@bezoar/core';

/** Loads an SDK at its first use. Throws BezoarError MISSING_DEPENDENCY that says what to install. */
export async function importSdk<Module>(load: () => Promise<Module>, packageName: string): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new BezoarError('MISSING_DEPENDENCY', `The package ${packageName} could not be loaded.`, {
      advice: `Install it: npm install ${packageName}`,
      cause,
    });
  }
}
