export type AssumptionName =
  | 'keep'
  | 'charactersPerToken'
  | 'promptTokens'
  | 'responseTokens'
  | 'verdictTokens'
  | 'rowTokens'
  | 'callSpeed'
  | 'writeCost';

interface Rule {
  /** The flag of `bezoar plan` that sets it. */
  readonly flag: string;
  readonly value: number;
  readonly meaning: string;
}

/** What a forecast takes for granted where nothing was measured, with the usual values. */
export const assumptionRules: Readonly<Record<AssumptionName, Rule>> = {
  keep: {
    flag: 'keep',
    value: 0.8,
    meaning: 'share of its rows that evol, clean and filter keep, and of its instructions that lamini does',
  },
  charactersPerToken: {
    flag: 'characters-per-token',
    value: 4,
    meaning: 'characters of a token',
  },
  promptTokens: {
    flag: 'prompt-tokens',
    value: 100,
    meaning: 'tokens of an instruction whose seeds are not here',
  },
  responseTokens: {
    flag: 'response-tokens',
    value: 200,
    meaning: 'tokens of an answer',
  },
  verdictTokens: {
    flag: 'verdict-tokens',
    value: 60,
    meaning: 'tokens of a filter’s verdict',
  },
  rowTokens: {
    flag: 'row-tokens',
    value: 300,
    meaning: 'tokens of a row that is not here; of a pair, of each of its sides',
  },
  callSpeed: {
    flag: 'call-speed',
    value: 50,
    meaning: 'tokens a second of one call in flight',
  },
  writeCost: {
    flag: 'write-cost',
    value: 4,
    meaning: 'tokens that a local model reads while it writes one (300 on a GPU)',
  },
};

/** An assumption that a forecast rests on. */
export interface Assumption extends Rule {
  readonly source: 'assumed' | 'given';
}

export interface Assumptions {
  /** Its value; from now on the forecast rests on it. */
  take(name: AssumptionName): number;
  /** The value that the user gave, without resting on anything. */
  given(name: AssumptionName): number | undefined;
  /** What the forecast rests on. */
  used(): Assumption[];
}

type Values = Partial<Record<AssumptionName, number | undefined>>;

/** `usual`: values for this machine in the place of the general ones. */
export function createAssumptions(given: Values, usual: Values = {}): Assumptions {
  const valueOf = (name: AssumptionName): number => given[name] ?? usual[name] ?? assumptionRules[name].value;
  const used = new Set<AssumptionName>();
  return {
    take(name) {
      used.add(name);
      return valueOf(name);
    },
    given: (name) => given[name],
    used: () =>
      (Object.keys(assumptionRules) as AssumptionName[])
        .filter((name) => used.has(name))
        .map((name) => ({
          ...assumptionRules[name],
          value: valueOf(name),
          source: given[name] === undefined ? 'assumed' : 'given',
        })),
  };
}
