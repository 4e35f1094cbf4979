/** Minor version of glibc 2 of the oldest distributions that the packages promise to run on: Debian 12, Ubuntu 22.04, RHEL 9. */
const newestAllowed = 34;

/** What keeps a compiled library from being loaded there: symbols of a newer glibc, from a build on a newer machine. */
export function libraryProblems(files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  return [...files]
    .filter(([name]) => name.endsWith('.so'))
    .flatMap(([name, bytes]) => {
      const wanted = Buffer.from(bytes)
        .toString('latin1')
        .matchAll(/GLIBC_2\.(\d+)/g);
      const newest = Math.max(0, ...Array.from(wanted, ([, minor]) => Number(minor)));
      return newest > newestAllowed
        ? [
            `${name} needs glibc 2.${newest}, newer than 2.${newestAllowed}: build it on an older distribution.`,
          ]
        : [];
    });
}
