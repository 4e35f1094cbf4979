import type { RunEvent, TrainStepEvent } from '@bezoar/core';
import { formatDollars, formatNumber, formatSeconds, formatShare } from '../report/format-number.ts';
import { createEta } from './create-eta.ts';
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
  const update = (line: string, important: boolean): void => {
    if (stderr.isTTY) {
      stderr.write(`\r\u001b[2K${line.slice(0, stderr.columns - 1)}`);
      open = true;
    } else if (important || now() - lastLine >= quietMs) {
      lastLine = now();
      print(line);
    }
  };
  return {
    show(event) {
      const text = describeEvent(event);
      if (text === undefined) return;
      const left = eta.update(event);
      const line = left === undefined ? text : `${text} · ${formatSeconds(left)} left`;
      if (event.type === 'train-step') update(line, event.step === 1 || event.step === event.totalSteps);
      else if (event.type === 'progress') update(line, false);
      else print(line);
    },
    end() {
      if (open) stderr.write('\n');
      open = false;
    },
  };
}

function describeEvent(event: RunEvent): string | undefined {
  const { stage } = event;
  switch (event.type) {
    case 'stage-start':
      if (event.detail === 'unchanged') return `✓ ${stage}: done before, nothing changed`;
      return event.detail === 'resumed' ? `▸ ${stage}: goes on` : `▸ ${stage}`;
    case 'progress': {
      const total = event.total === undefined ? '' : `/${event.total}`;
      const note = event.note === undefined ? '' : ` · ${event.note}`;
      const cost = event.cost === undefined ? '' : ` · ${formatDollars(event.cost)}`;
      return `  ${stage}: ${event.done}${total}${note}${cost}`;
    }
    case 'train-step':
      return `  ${stage}: step ${event.step}/${event.totalSteps} · loss ${formatNumber(event.loss)} · ${formatNumber(event.tokensPerSecond)} tokens/s${packFill(event)}`;
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

function packFill({ metrics }: TrainStepEvent): string {
  const fill = metrics?.['pack_fill'];
  return fill === undefined ? '' : ` · packs ${formatShare(fill)} full`;
}
