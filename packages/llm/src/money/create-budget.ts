import { BezoarError } from '@bezoar/core';

export interface BudgetOptions {
  /** US dollars; without one, spending is counted and never stopped. */
  readonly limit?: number | undefined;
  /** What earlier runs of the same job have cost: `cost` and `paidTwiceCost` of the ledger. */
  readonly spent?: number;
}

export interface BudgetState {
  readonly limit: number | undefined;
  /** Settled calls, earlier runs included. */
  readonly spent: number;
  /** Worst case of the calls in flight. */
  readonly reserved: number;
  /**
   * Worst case of tries that ended without an answer that could be read: the provider may have billed them. They count
   * against the limit.
   */
  readonly uncertain: number;
}

/** One purse, shared by as many schedulers as draw on it. */
export interface Budget {
  /**
   * `taken`: the worst case is set aside; `wait`: it fits if calls in flight cost less than their worst case;
   * `exceeded`: it cannot fit any more.
   */
  reserve(worst: number): 'taken' | 'wait' | 'exceeded';
  /** Ends a reservation with what the call cost, `uncertain` when nobody can tell. */
  settle(worst: number, cost: number | 'uncertain'): void;
  /** Calls back after every settlement; returns what ends it. */
  onSettle(listener: () => void): () => void;
  state(): BudgetState;
}

/** Sums are kept in whole billionths of a dollar, so that a million small costs add up exactly. */
const unit = 1e9;

/** Throws BezoarError BAD_CONFIG when the limit is no amount of money. */
export function createBudget({ limit, spent: earlier = 0 }: BudgetOptions = {}): Budget {
  if (limit !== undefined && !(Number.isFinite(limit) && limit >= 0)) {
    throw new BezoarError('BAD_CONFIG', `The budget ${limit} is no amount of US dollars.`, {
      advice: 'Write a number such as 5 or 0.25.',
    });
  }
  const most = limit === undefined ? Infinity : Math.round(limit * unit);
  let spent = Math.round(earlier * unit);
  let reserved = 0;
  let uncertain = 0;
  const listeners = new Set<() => void>();
  return {
    reserve(worst) {
      const amount = Math.ceil(worst * unit);
      if (spent + uncertain + amount > most) return 'exceeded';
      if (spent + uncertain + reserved + amount > most) return 'wait';
      reserved += amount;
      return 'taken';
    },
    settle(worst, cost) {
      const amount = Math.ceil(worst * unit);
      reserved -= amount;
      if (cost === 'uncertain') uncertain += amount;
      else spent += Math.round(cost * unit);
      for (const listener of listeners) listener();
    },
    onSettle(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    state: () => ({ limit, spent: spent / unit, reserved: reserved / unit, uncertain: uncertain / unit }),
  };
}

export function budgetExceeded({ limit, spent, uncertain }: BudgetState, worst: number): BezoarError {
  const dollars = (amount: number): string => `$${amount.toFixed(4)}`;
  const unsure = uncertain > 0 ? ` and ${dollars(uncertain)} that may have been billed` : '';
  return new BezoarError(
    'BUDGET_EXCEEDED',
    `The next call could cost ${dollars(worst)}, and of the budget of ${dollars(limit ?? 0)}, ${dollars(spent)} are spent${unsure}.`,
    {
      advice:
        'Run the same command again with a larger budget: calls that were answered are not made or paid twice.',
      data: { limit, spent, uncertain, worst },
    },
  );
}
