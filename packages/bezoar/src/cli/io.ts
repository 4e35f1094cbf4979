import type { Prompts } from './prompts.ts';

/** A stream that the CLI prints to. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
}

/** All that the CLI has of the world. `bin.ts` gives it the process; tests could give it anything. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Questions to whoever sits at the terminal; undefined where there is none. What draws them is loaded here. */
  prompts(): Promise<Prompts | undefined>;
  /**
   * A signal that fires at Ctrl-C. Until it is asked for, Ctrl-C ends the program at once: only commands that save where they
   * are ask for it.
   */
  interruption(): AbortSignal;
  /** Starts this program once more, with the same streams, with these variables over those of this process. */
  start(args: readonly string[], env: Readonly<Record<string, string>>): StartedProgram;
}

/** A process that this one has started. It ends when this one does. */
export interface StartedProgram {
  /** Its exit code; 128 and the number of the signal that ended it otherwise, as shells count. */
  readonly ended: Promise<number>;
  kill(signal: 'SIGINT' | 'SIGKILL'): void;
}
