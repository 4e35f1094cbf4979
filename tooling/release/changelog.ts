interface Changeset {
  readonly summary: string;
  readonly commit?: string;
}

/** What a changelog says of a changeset: its text, with the commit that brought it. */
function getReleaseLine({ summary, commit }: Changeset): Promise<string> {
  const [first = '', ...rest] = summary.split('\n').map((line) => line.trimEnd());
  const source = commit === undefined ? '' : `${commit.slice(0, 7)}: `;
  return Promise.resolve([`- ${source}${first}`, ...rest.map((line) => `  ${line}`.trimEnd())].join('\n'));
}

/** Nothing: all packages have the same version, so that a list of the others' versions would be noise. */
function getDependencyReleaseLine(): Promise<string> {
  return Promise.resolve('');
}

/** For `changelog` of .changeset/config.json. */
export default { getReleaseLine, getDependencyReleaseLine };
