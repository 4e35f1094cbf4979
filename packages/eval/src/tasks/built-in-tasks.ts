import { anliR1, anliR2, anliR3 } from './anli.ts';
import { arcChallenge, arcEasy } from './arc.ts';
import { boolq } from './boolq.ts';
import { gsm8k } from './gsm8k.ts';
import { hellaswag } from './hellaswag.ts';
import type { Task } from './task.ts';
import { truthfulqaMc1, truthfulqaMc2 } from './truthfulqa.ts';
import { winogrande } from './winogrande.ts';

/** The tasks that come with the package, by their names in LM-Eval-Harness. */
export const builtInTasks: Readonly<Record<string, Task>> = Object.fromEntries(
  [
    anliR1,
    anliR2,
    anliR3,
    arcEasy,
    arcChallenge,
    boolq,
    gsm8k,
    hellaswag,
    truthfulqaMc1,
    truthfulqaMc2,
    winogrande,
  ].map((task) => [task.name, task]),
);
