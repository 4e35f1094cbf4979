/** The first steps of a `tokenizer.json`. */
export interface TextSteps {
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
}

/** What an expression of a Split step says, and llama.cpp's name of it. Both are the same but for how long numbers may be. */
const splits: Readonly<Record<string, string>> = {
  [wordPattern(String.raw`\p{N}{1,3}`)]: 'llama-bpe',
  [wordPattern(String.raw`\p{N}`)]: 'qwen2',
};

function wordPattern(digits: string): string {
  return String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
}

interface Step {
  readonly type?: unknown;
  readonly pretokenizers?: readonly Step[];
  readonly pattern?: { readonly Regex?: unknown };
  readonly behavior?: unknown;
  readonly invert?: unknown;
  readonly individual_digits?: unknown;
  readonly add_prefix_space?: unknown;
  readonly use_regex?: unknown;
}

/**
 * llama.cpp's name of how a byte-level tokenizer cuts text into words; undefined when it has none that is known here to cut the
 * same. Its own converter finds the name by a hash of what the tokenizer makes of a test text.
 */
export function preTokenizerName({ normalizer, pre_tokenizer: pre }: TextSteps): string | undefined {
  const steps = stepsOf(pre as Step | null | undefined);
  const [first, second] = steps;
  // Qwen composes characters first, which llama.cpp leaves out: text is composed as a rule.
  const isPlain = normalizer === null || normalizer === undefined || (normalizer as Step).type === 'NFC';
  if (!isPlain || steps.some(({ add_prefix_space: prefix }) => prefix === true)) return undefined;
  if (steps.length === 1 && first?.type === 'ByteLevel')
    return first.use_regex === false ? undefined : 'gpt-2';
  if (steps.length !== 2 || second?.type !== 'ByteLevel') return undefined;
  if (first?.type === 'Digits' && first.individual_digits === true && second.use_regex !== false)
    return 'smollm';
  const isSplit = first?.type === 'Split' && first.behavior === 'Isolated' && first.invert !== true;
  if (!isSplit || second.use_regex !== false) return undefined;
  return splits[String(first.pattern?.Regex)];
}

function stepsOf(step: Step | null | undefined): readonly Step[] {
  if (step === null || step === undefined) return [];
  return step.type === 'Sequence' ? (step.pretokenizers ?? []) : [step];
}
