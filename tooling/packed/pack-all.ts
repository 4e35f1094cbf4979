import { packPackage } from '../workspace/pack-package.ts';
import { readPackages } from '../workspace/read-packages.ts';

/** The tarballs of all published packages, two at a time. They must be built. */
export async function packAll(folder: string): Promise<string[]> {
  const queue = readPackages().filter(({ manifest }) => manifest.private !== true);
  const tarballs: string[] = [];
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item; item = queue.shift())
      tarballs.push((await packPackage(item, folder)).tarball);
  };
  await Promise.all([work(), work()]);
  return tarballs;
}

// `pnpm pack:all`
if (import.meta.main) await packAll('.cache/packs');
