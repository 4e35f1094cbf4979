/** What type-checks a new project: tried with the templates. Other packages of the project have the version of this one. */
export const toolVersions = { typescript: '~6.0.3', '@types/node': '^24.10.1' } as const;
