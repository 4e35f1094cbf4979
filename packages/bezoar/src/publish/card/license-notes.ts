export interface LicenseNotesOptions {
  /** Of what is published. */
  readonly license: string;
  /** What it was made from. */
  readonly sources: readonly { readonly name: string; readonly license: string }[];
  readonly what: 'model' | 'data set';
}

/** Licences that ask for themselves for whatever is made from the work. */
const shareAlike = /(?:^|[^a-z])(?:sa|share[- ]?alike|odbl|gfdl|gpl)(?:$|[^a-z])/i;
const nonCommercial = /(?:^|[^a-z])(?:nc|non[- ]?commercial)(?:$|[^a-z])/i;

/** What licences of sources ask for and the licence of what was made from them does not grant: one paragraph each, no legal advice. */
export function licenseNotes({ license, sources, what }: LicenseNotesOptions): string[] {
  const of = (asks: RegExp): string =>
    sources
      .filter((source) => asks.test(source.license) && !asks.test(license))
      .map(({ name, license: its }) => `${name} (${its})`)
      .join(', ');
  const [alike, unpaid] = [of(shareAlike), of(nonCommercial)];
  return [
    ...(alike === ''
      ? []
      : [
          what === 'model'
            ? `${alike} asks that what is adapted from it is shared under the same licence. Whether a model is an adaptation of the texts that it learnt from is not settled: decide before you build on it.`
            : `${alike} asks that what is adapted from it is shared under the same licence; these rows are not.`,
        ]),
    ...(unpaid === '' ? [] : [`${unpaid} excludes commercial use, which ${license} does not.`]),
  ];
}
