import { anliR1, anliR2, anliR3 } from './anli.ts';
import { arcChallenge, arcEasy } from './arc.ts';
import { boolq } from './boolq.ts';
import { gsm8k } from './gsm8k.ts';
import { gsm8kCot } from './gsm8k-cot.ts';
import { hellaswag } from './hellaswag.ts';
import { lambadaOpenai, lambadaStandard } from './lambada.ts';
import { logiqa } from './logiqa.ts';
import { mmluGroups, mmluTasks } from './mmlu.ts';
import { openbookqa } from './openbookqa.ts';
import { piqa } from './piqa.ts';
import { rte } from './rte.ts';
import { sciq } from './sciq.ts';
import type { TaskGroup } from './task-group.ts';
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
    gsm8kCot,
    hellaswag,
    lambadaOpenai,
    lambadaStandard,
    logiqa,
    ...mmluTasks,
    openbookqa,
    piqa,
    rte,
    sciq,
    truthfulqaMc1,
    truthfulqaMc2,
    winogrande,
  ].map((task) => [task.name, task]),
);

/** Names for several tasks. Those without metrics are names only, as the harness's tags are: no score is made of them. */
export const builtInGroups: readonly TaskGroup[] = [
  ...mmluGroups,
  { name: 'ai2_arc', members: ['arc_challenge', 'arc_easy'], metrics: [] },
  { name: 'anli', members: ['anli_r1', 'anli_r2', 'anli_r3'], metrics: [] },
  { name: 'lambada', members: ['lambada_openai', 'lambada_standard'], metrics: [] },
  { name: 'truthfulqa', members: ['truthfulqa_mc1', 'truthfulqa_mc2'], metrics: [] },
];
