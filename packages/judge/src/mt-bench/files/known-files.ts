/** A file that is known by its content. */
export interface KnownFile {
  /** The name under which results record it. */
  readonly name: string;
  readonly kind: 'questions' | 'prompts' | 'references';
  /** Questions whose answer in a set of references is wrong in at least one turn. */
  readonly doubtful?: readonly number[];
}

/**
 * FastChat's files by their SHA-256. The wrong references were found in FastChat's pull request 3158, which was never
 * merged.
 */
const knownFiles: Readonly<Record<string, KnownFile>> = {
  '119565adbab82227089cefdb44c8d7e2cf04dc0a0ec233634c82e7d4e2a944f7': {
    name: 'fastchat-mt-bench',
    kind: 'questions',
  },
  fd283293406d024f44c174b094ef48031d0687a4682fd3a56b29b138f80281b6: {
    name: 'fastchat',
    kind: 'prompts',
  },
  f957a5bc977badb66885ec970e6cd08527845780313f0995764260e5777b9b3f: {
    name: 'fastchat-gpt-4',
    kind: 'references',
    doubtful: [104, 105, 109, 111, 113, 114, 120, 122, 124, 125, 126, 128, 130],
  },
};

/** The file with this SHA-256 (lower-case hex), if it is one of FastChat's own. */
export function knownMtBenchFile(sha256: string): KnownFile | undefined {
  return Object.hasOwn(knownFiles, sha256) ? knownFiles[sha256] : undefined;
}
