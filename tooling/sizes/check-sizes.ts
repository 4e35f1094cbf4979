/**
 * `pnpm sizes`: how large every published package is, against its budget; exits 1 where one is exceeded. `--update` writes
 * budgets somewhat above what is measured; packages of compiled kernels that this machine cannot build keep theirs.
 */
import { writeFileSync } from 'node:fs';
import { unbuiltFiles } from '../workspace/manifest-problems.ts';
import { packPackage } from '../workspace/pack-package.ts';
import { readPackages } from '../workspace/read-packages.ts';
import { measurePackage } from './measure-package.ts';
import { budgetsFile, limitFor, readBudgets, type PackageSizes } from './size-budgets.ts';

interface Row {
  readonly what: string;
  readonly size: number;
  readonly limit: number | undefined;
}

const budgets = readBudgets();
const limits: Record<string, PackageSizes> = {};
const rows: Row[] = [];
for (const item of readPackages().filter(({ manifest }) => manifest.private !== true)) {
  const { name } = item.manifest;
  const { tarball, files } = await packPackage(item, '.cache/packs');
  const sizes = await measurePackage(item, tarball);
  const budget = budgets.packages[name];
  rows.push(
    { what: name, size: sizes.packed, limit: budget?.packed },
    { what: '  unpacked', size: sizes.unpacked, limit: budget?.unpacked },
    ...Object.entries(sizes.entries).map(([entry, size]) => ({
      what: `  ${entry}, minified, gzip`,
      size,
      limit: budget?.entries[entry],
    })),
  );
  const isWhole = unbuiltFiles({ manifest: item.manifest, packed: files }).length === 0;
  const isCompiled = item.manifest.files?.some((entry) => entry.startsWith('lib/')) ?? false;
  limits[name] = budget && !isWhole ? budget : limitsFor(sizes, isCompiled);
}

function limitsFor({ packed, unpacked, entries }: PackageSizes, isCompiled: boolean): PackageSizes {
  const own = Object.entries(entries).map(([entry, size]) => [entry, limitFor(size)] as const);
  return {
    packed: limitFor(packed, isCompiled),
    unpacked: limitFor(unpacked, isCompiled),
    entries: Object.fromEntries(own),
  };
}

if (process.argv.includes('--update')) {
  writeFileSync(budgetsFile, `${JSON.stringify({ ...budgets, packages: limits }, null, 2)}\n`);
  console.log(`Written: ${budgetsFile}`);
} else {
  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { what, size, limit } of rows) {
    const room =
      limit === undefined ? 'no budget' : `${(100 * (1 - size / limit)).toFixed(0).padStart(3)} % left`;
    const mark = isOver({ what, size, limit }) ? '  OVER' : '';
    console.log(
      `${what.padEnd(width)} ${size.toFixed(1).padStart(8)} kB of ${String(limit ?? '-').padStart(5)}  ${room}${mark}`,
    );
  }
  const over = rows.filter(isOver);
  if (over.length > 0) {
    console.log(`${over.length} sizes are over their budgets. Where that is meant: pnpm sizes --update`);
    process.exitCode = 1;
  }
}

function isOver({ size, limit }: Row): boolean {
  return limit === undefined || size > limit;
}
