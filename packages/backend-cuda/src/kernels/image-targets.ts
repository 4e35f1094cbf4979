/**
 * The images that a device can run, best first. Machine code runs on its own major version, from its own minor on; `sm_90a` on 9.0
 * alone. PTX runs on everything from 8.0 on, after the driver has compiled it.
 */
export function imageTargets(capability: number, available: readonly string[]): string[] {
  const machineCode = available
    .map((target) => ({ target, number: Number(/^sm_(\d+)/.exec(target)?.[1] ?? 0) }))
    .filter(
      ({ target, number }) =>
        Math.floor(number / 10) === Math.floor(capability / 10) &&
        (target.endsWith('a') ? number === capability : number <= capability),
    )
    .sort((a, b) => b.number - a.number)
    .map(({ target }) => target);
  return [...machineCode, ...available.filter((target) => target === 'ptx')];
}
