/** What somebody wants of a new project, as flags say it or answers at the terminal; all else has defaults. Paths as typed. */
export interface ProjectWishes {
  readonly folder?: string | undefined;
  readonly goal?: string | undefined;
  readonly teacher?: string | undefined;
  readonly judge?: string | undefined;
  readonly baseURL?: string | undefined;
  readonly budget?: number | undefined;
  readonly base?: string | undefined;
  readonly seeds?: string | undefined;
  readonly data?: string | undefined;
  readonly preferences?: string | undefined;
}

/** The flags behind wishes that are not everybody's, and the goals that they are for. */
export const flagsOfGoals = {
  teacher: { flag: 'teacher', goals: ['data', 'model'] },
  judge: { flag: 'judge', goals: ['data', 'model'] },
  baseURL: { flag: 'base-url', goals: ['data', 'model'] },
  budget: { flag: 'budget', goals: ['data', 'model'] },
  seeds: { flag: 'seeds', goals: ['data', 'model'] },
  base: { flag: 'base', goals: ['finetune', 'model'] },
  data: { flag: 'data', goals: ['finetune'] },
  preferences: { flag: 'preferences', goals: ['model'] },
} as const;
