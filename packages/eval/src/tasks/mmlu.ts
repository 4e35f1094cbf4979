import { z } from 'zod';
import { acc } from '../metrics/choice-metrics.ts';
import { strip } from '../python-text.ts';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { TaskGroup } from './task-group.ts';
import type { MultipleChoiceTask } from './task.ts';

/** The 57 subjects by their names in the data set, in four areas. */
const subjects = {
  stem: [
    'abstract_algebra',
    'anatomy',
    'astronomy',
    'college_biology',
    'college_chemistry',
    'college_computer_science',
    'college_mathematics',
    'college_physics',
    'computer_security',
    'conceptual_physics',
    'electrical_engineering',
    'elementary_mathematics',
    'high_school_biology',
    'high_school_chemistry',
    'high_school_computer_science',
    'high_school_mathematics',
    'high_school_physics',
    'high_school_statistics',
    'machine_learning',
  ],
  other: [
    'business_ethics',
    'clinical_knowledge',
    'college_medicine',
    'global_facts',
    'human_aging',
    'management',
    'marketing',
    'medical_genetics',
    'miscellaneous',
    'nutrition',
    'professional_accounting',
    'professional_medicine',
    'virology',
  ],
  social_sciences: [
    'econometrics',
    'high_school_geography',
    'high_school_government_and_politics',
    'high_school_macroeconomics',
    'high_school_microeconomics',
    'high_school_psychology',
    'human_sexuality',
    'professional_psychology',
    'public_relations',
    'security_studies',
    'sociology',
    'us_foreign_policy',
  ],
  humanities: [
    'formal_logic',
    'high_school_european_history',
    'high_school_us_history',
    'high_school_world_history',
    'international_law',
    'jurisprudence',
    'logical_fallacies',
    'moral_disputes',
    'moral_scenarios',
    'philosophy',
    'prehistory',
    'professional_law',
    'world_religions',
  ],
} as const;

const letters = ['A', 'B', 'C', 'D'] as const;

const rowSchema = z.object({
  question: z.string(),
  choices: z.array(z.string()).length(4),
  answer: z.int().min(0).max(3),
});

function mmluTask(subject: string): MultipleChoiceTask {
  const title = subject.replaceAll('_', ' ');
  return multipleChoiceTask({
    name: `mmlu_${subject}`,
    alias: subject,
    version: 1,
    profile: lmEvalProfile,
    dataset: { path: 'cais/mmlu', config: subject, split: 'test', fewshotSplit: 'dev' },
    description: `The following are multiple choice questions (with answers) about ${title}.\n\n`,
    row: rowSchema,
    prompt: ({ question, choices }) =>
      [strip(question), ...choices.map((choice, index) => `${letters[index]!}. ${choice}`), 'Answer:'].join(
        '\n',
      ),
    choices: () => letters,
    gold: ({ answer }) => answer,
    metrics: { acc },
    fewshot: { sampler: 'first' },
  });
}

/** `cais/mmlu`, a task for each subject; examples are the first ones of the split dev, five by custom. */
export const mmluTasks: readonly MultipleChoiceTask[] = Object.values(subjects).flat().map(mmluTask);

/** The four areas, and all together; every document counts alike. */
export const mmluGroups: readonly TaskGroup[] = [
  {
    name: 'mmlu',
    version: 2,
    members: Object.keys(subjects).map((area) => `mmlu_${area}`),
    metrics: ['acc'],
  },
  ...Object.entries(subjects).map(([area, members]) => ({
    name: `mmlu_${area}`,
    alias: area.replaceAll('_', ' '),
    version: 2,
    members: members.map((subject) => `mmlu_${subject}`),
    metrics: ['acc'],
  })),
];
