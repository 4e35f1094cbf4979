import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** For a browser that may have no sandbox, draws WebGL in software, and asks the network for nothing by itself. */
export const chromiumArguments: readonly string[] = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser that `BEZOAR_CHROMIUM` names, or the first on the PATH. Nothing is downloaded. */
export function findChromium(): string | undefined {
  const named = process.env['BEZOAR_CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [...(named ? [named] : []), ...candidates].find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
