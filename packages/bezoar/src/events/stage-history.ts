import type { Funnel, RunEvent, TrainStepEvent } from '@bezoar/core';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;

/** What is known of one stage, from all runs that worked on its present version. */
export interface StageHistory {
  readonly id: string;
  seconds: number;
  /** In order, each step once. */
  steps: TrainStepEvent[];
  evaluations: EventOf<'evaluation'>[];
  /** The evaluation whose parameters training has ended with, where that is not the last one. */
  kept: EventOf<'evaluation'> | undefined;
  funnel: Funnel | undefined;
  usage: EventOf<'usage'> | undefined;
  warnings: string[];
}

/**
 * Sorts a run's events by stage. A stage that starts anew forgets what was before; one that goes on keeps it, and steps that
 * were made twice (after a kill) count once.
 */
export function collectHistory(events: Iterable<RunEvent>): Map<string, StageHistory> {
  const stages = new Map<string, StageHistory>();
  for (const event of events) {
    if (event.type === 'stage-start') {
      if (event.detail === 'new' || !stages.has(event.stage))
        stages.set(event.stage, emptyHistory(event.stage));
      continue;
    }
    const history = stages.get(event.stage);
    if (history !== undefined) add(history, event);
  }
  return stages;
}

function add(history: StageHistory, event: RunEvent): void {
  switch (event.type) {
    case 'train-step':
      addStep(history.steps, event);
      break;
    case 'evaluation':
      if (event.kept === true) {
        history.kept = event;
        break;
      }
      addStep(history.evaluations, event);
      break;
    case 'funnel':
      history.funnel = event.funnel;
      break;
    case 'usage':
      history.usage = event;
      break;
    case 'warning':
      if (!history.warnings.includes(event.message)) history.warnings.push(event.message);
      break;
    case 'stage-end':
      history.seconds += event.seconds;
      break;
    default:
      break;
  }
}

/** What was made again, and everything after it, is replaced: a log of many steps is read in one pass. */
function addStep<Event extends { readonly step: number }>(events: Event[], event: Event): void {
  while (events.length > 0 && events.at(-1)!.step >= event.step) events.pop();
  events.push(event);
}

function emptyHistory(id: string): StageHistory {
  return {
    id,
    seconds: 0,
    steps: [],
    evaluations: [],
    kept: undefined,
    funnel: undefined,
    usage: undefined,
    warnings: [],
  };
}
