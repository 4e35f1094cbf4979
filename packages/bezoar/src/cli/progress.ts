import type { RunEvent, TrainStepEvent } from '@bezoar/core';
import { formatDollars, formatNumber, formatSeconds, formatShare } from '../report/format-number.ts';
import { createEta } from './create-eta.ts';
import { fitLine, type LinePart } from './fit-line.ts';
import type { CliIo } from './io.ts';

export interface Progress {
  show(event: RunEvent): void;
  /** Leaves the cursor on a fresh line. */
  end(): void;
}

/** Of the many metrics that training loops report on held-out rows. */
const shownMetrics = new Set(['eval_loss', 'eval_rewards/accuracies']);

/** Between two plain lines about the same stage. */
const quietMs = 5000;

/** Shows a run's events: one line that changes on a terminal, plain lines now and then elsewhere. */
export function createProgress(
  { stderr }: Pick<CliIo, 'stderr'>,
  now: () => number = () => performance.now(),
): Progress {
  const eta = createEta(now);
  let open = false;
  let lastLine = -Infinity;
  const print = (line: string): void => {
    stderr.write(open ? `\r\u001b[2K${line}\n` : `${line}\n`);
    open = false;
  };
  const update = (parts: readonly LinePart[], important: boolean): void => {
    if (stderr.isTTY) {
      stderr.write(`\r\u001b[2K${fitLine(parts, stderr.columns - 1)}`);
      open = true;
    } else if (important || now() - lastLine >= quietMs) {
      lastLine = now();
      print(fitLine(parts));
    }
  };
  return {
    show(event) {
      if (event.type !== 'train-step' && event.type !== 'progress') {
        const text = describeEvent(event);
        if (text !== undefined) print(text);
        return;
      }
      const left = eta.update(event);
      const parts = event.type === 'train-step' ? describeStep(event) : describeProgress(event);
      update(
        left === undefined ? parts : [...parts, { text: `${formatSeconds(left)} left`, rank: 2 }],
        event.type === 'train-step' && (event.step === 1 || event.step === event.totalSteps),
      );
    },
    end() {
      if (open) stderr.write('\n');
      open = false;
    },
  };
}

function describeStep(event: TrainStepEvent): LinePart[] {
  const { stage, step, totalSteps, loss, learningRate, tokensPerSecond, metrics } = event;
  const fill = metrics?.['pack_fill'];
  const accuracy = metrics?.['rewards/accuracies'];
  return [
    { text: `  ${stage}: step ${step}/${totalSteps}`, rank: 0 },
    { text: `loss ${formatNumber(loss)}`, rank: 1 },
    ...(accuracy === undefined ? [] : [{ text: `${formatShare(accuracy)} ordered rightly`, rank: 5 }]),
    { text: `lr ${formatNumber(learningRate)}`, rank: 4 },
    { text: `${formatNumber(tokensPerSecond)} tokens/s`, rank: 3 },
    ...(fill === undefined ? [] : [{ text: `packs ${formatShare(fill)} full`, rank: 5 }]),
  ];
}

function describeProgress(event: Extract<RunEvent, { readonly type: 'progress' }>): LinePart[] {
  const { stage, done, total, note, cost } = event;
  return [
    { text: `  ${stage}: ${done}${total === undefined ? '' : `/${total}`}`, rank: 0 },
    ...(note === undefined ? [] : [{ text: note, rank: 3 }]),
    ...(cost === undefined ? [] : [{ text: formatDollars(cost), rank: 1 }]),
  ];
}

/** A line that stays; undefined for events that are not worth one. */
function describeEvent(
  event: Exclude<RunEvent, { readonly type: 'train-step' | 'progress' }>,
): string | undefined {
  const { stage } = event;
  switch (event.type) {
    case 'stage-start':
      if (event.detail === 'unchanged') return `✓ ${stage}: done before, nothing changed`;
      return event.detail === 'resumed' ? `▸ ${stage}: goes on` : `▸ ${stage}`;
    case 'evaluation':
      return `  ${stage}: ${Object.entries(event.metrics)
        .filter(([name]) => !name.startsWith('eval_') || shownMetrics.has(name))
        .map(([name, value]) => `${name} ${formatNumber(value)}`)
        .join(' · ')}`;
    case 'funnel':
      return `  ${stage}: ${event.funnel.kept} of ${event.funnel.input} rows kept`;
    case 'note':
      return `  ${stage}: ${event.message}`;
    case 'warning':
      return `! ${stage}: ${event.message}`;
    case 'stage-end':
      return `✓ ${stage}: ${formatSeconds(event.seconds)}`;
    default:
      return undefined;
  }
}
