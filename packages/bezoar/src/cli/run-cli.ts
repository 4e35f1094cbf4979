import { BezoarError, describeError } from '@bezoar/core';
import { defineCommand, renderUsage, runCommand, type ArgsDef, type CommandDef } from 'citty';
import { stripVTControlCharacters } from 'node:util';
import { suggestName } from '../recipe/suggest-name.ts';
import { bezoarVersion } from '../version.ts';
import type { CliCommand } from './command.ts';
import { checkFlags, numberFlag, takeFlag } from './flags.ts';
import type { CliIo } from './io.ts';
import { launchProcesses } from './launch-processes.ts';

/** Loaded when they are called for, so that `--help` needs no compute package. */
const commands: Readonly<Record<string, () => Promise<CliCommand>>> = {
  init: async () => (await import('./commands/init.ts')).init,
  run: async () => (await import('./commands/run.ts')).run,
  datagen: async () => (await import('./commands/datagen.ts')).datagen,
  clean: async () => (await import('./commands/clean.ts')).clean,
  filter: async () => (await import('./commands/filter.ts')).filter,
  'inspect-data': async () => (await import('./commands/inspect-data.ts')).inspectDataCommand,
  plan: async () => (await import('./commands/plan.ts')).plan,
  sft: async () => (await import('./commands/sft.ts')).sft,
  dpo: async () => (await import('./commands/dpo.ts')).dpo,
  merge: async () => (await import('./commands/merge.ts')).merge,
  export: async () => (await import('./commands/export.ts')).exportModel,
  eval: async () => (await import('./commands/eval.ts')).evaluate,
  compare: async () => (await import('./commands/compare.ts')).compare,
  'mt-bench': async () => (await import('./commands/mt-bench.ts')).mtBench,
  trace: async () => (await import('./commands/trace.ts')).trace,
  publish: async () => (await import('./commands/publish.ts')).publish,
  worker: async () => (await import('./commands/worker.ts')).worker,
  generate: async () => (await import('./commands/generate.ts')).generate,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
};

const exitCodes = { ok: 0, failed: 1, misused: 2, interrupted: 130 } as const;

/** Runs the command line. Returns the exit code; an error is one sentence on stderr, with its stack after `--debug`. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const debug = argv.includes('--debug');
  const [name, ...rest] = argv.filter((each) => each !== '--debug');
  try {
    await dispatch(name, rest, io);
    return exitCodes.ok;
  } catch (error) {
    const trace = debug && error instanceof Error ? `${error.stack ?? ''}\n` : '';
    io.stderr.write(`${trace}bezoar${ofRank(io)}: ${describeError(error).replace(/\s*\n\s*/g, ' ')}\n`);
    return exitCodeOf(error);
  }
}

/** Of several processes that write to one terminal, who it is. */
function ofRank({ env }: CliIo): string {
  const { RANK: rank, WORLD_SIZE: size = '1' } = env;
  return rank === undefined || size === '1' ? '' : ` (rank ${rank})`;
}

async function dispatch(name: string | undefined, rawArgs: string[], io: CliIo): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.stdout.write(await mainUsage(io));
    return;
  }
  if (name === '--version' || name === '-v') {
    io.stdout.write(`${bezoarVersion()}\n`);
    return;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    throw new BezoarError('BAD_CONFIG', `There is no command ${name}.`, {
      advice: suggestName(name, Object.keys(commands)),
      data: { usage: true },
    });
  }
  const { definition, example } = await load();
  if (rawArgs.includes('--help') || rawArgs.includes('-h')) {
    const usage = await renderUsage(definition, mainDefinition());
    io.stdout.write(`${plain(usage, io)}\nEXAMPLE\n\n  ${example}\n\n`);
    return;
  }
  const args = (definition.args ?? {}) as ArgsDef;
  checkFlags({ command: name, args, rawArgs });
  const { value: processes, rest } = takeFlag('processes', rawArgs);
  if (processes !== undefined && 'processes' in args) {
    const count = numberFlag('processes', processes)!;
    await launchProcesses({ command: name, rawArgs: rest, count, io });
    return;
  }
  await runCommand(definition, { rawArgs, data: io });
}

async function mainUsage(io: CliIo): Promise<string> {
  const names = Object.entries(commands);
  const subCommands: Record<string, CommandDef> = {};
  for (const [name, load] of names) subCommands[name] = (await load()).definition;
  const usage = await renderUsage(defineCommand({ ...mainDefinition(), subCommands }));
  return `${plain(usage, io)}\n\nEXAMPLE\n\n  bezoar run recipes/quickstart.yaml\n\n--debug shows the stack of an error.\n`;
}

function mainDefinition(): CommandDef {
  return {
    meta: {
      name: 'bezoar',
      version: bezoarVersion(),
      description: 'Post-training: synthetic instructions, filter, QLoRA, DPO, evaluation.',
    },
  };
}

/** Colours are for terminals whose owner wants them. */
function plain(text: string, { stdout, env }: CliIo): string {
  return stdout.isTTY && env['NO_COLOR'] === undefined ? text : stripVTControlCharacters(text);
}

function exitCodeOf(error: unknown): number {
  if (!BezoarError.isInstance(error)) return exitCodes.failed;
  if (error.code === 'INTERRUPTED') return exitCodes.interrupted;
  const { exitCode } = error.data;
  if (typeof exitCode === 'number') return exitCode;
  return error.data['usage'] === true ? exitCodes.misused : exitCodes.failed;
}
