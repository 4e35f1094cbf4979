import { alpacaTemplate, openbezoarTemplate } from '@bezoar/qlora';
import { z } from 'zod';
import type { ModelCard } from './model-card.ts';
import { isTraining } from './trained-on.ts';

const templateSchema = z.object({
  kind: z.enum(['openbezoar', 'alpaca', 'chat']),
  system: z.string().optional(),
});

type Template = z.output<typeof templateSchema>;

/** What it is for, the form of its prompts, and how it is loaded. */
export function usageSection(card: ModelCard): string[] {
  const settings = card.lineage.findLast(isTraining)?.settings;
  const template = templateSchema.safeParse(settings?.['template']).data;
  return [
    '## Use',
    'For research, and for answering instructions in the form below. Not for decisions about people, nor where a wrong answer does harm.',
    ...(template === undefined ? [] : promptText(template)),
    ...loading(card, template),
  ];
}

function promptText({ kind, system }: Template): string[] {
  if (kind === 'chat') return ['Prompts are written by the chat template of its tokenizer.'];
  const own = kind === 'openbezoar' ? openbezoarTemplate({ system }) : alpacaTemplate({ system });
  const prompt = own.renderPrompt({ instruction: '{instruction}' });
  return [`A prompt, which ends after \`### Response:\` and a line break:`, `\`\`\`text\n${prompt}\`\`\``];
}

function loading({ form, name, base }: ModelCard, template: Template | undefined): string[] {
  if (form === 'quantized') return [fence('sh', [`llama-cli -hf ${name}`])];
  if (form === 'adapter' && base === undefined) return [];
  const python = form === 'adapter' ? adapterCode(name, base!) : modelCode(name);
  const flags = form === 'adapter' ? `--model hub:${base!} --adapter hub:${name}` : `--model hub:${name}`;
  return [
    fence('python', python),
    fence('sh', [
      `npx bezoar generate ${flags}${templateFlags(template)} --instruction "What colour is the robin?"`,
    ]),
  ];
}

/** Those of the command line, where the template is not the usual one. */
function templateFlags(template: Template | undefined): string {
  const { kind = 'openbezoar', system } = template ?? {};
  return [
    kind === 'openbezoar' ? '' : ` --template ${kind}`,
    system === undefined ? '' : ` --system '${system.replaceAll("'", String.raw`'\''`)}'`,
  ].join('');
}

function adapterCode(name: string, base: string): string[] {
  return [
    'from peft import PeftModel',
    'from transformers import AutoModelForCausalLM, AutoTokenizer',
    '',
    `tokenizer = AutoTokenizer.from_pretrained("${base}")`,
    `base = AutoModelForCausalLM.from_pretrained("${base}")`,
    `model = PeftModel.from_pretrained(base, "${name}")`,
    ...answering,
  ];
}

function modelCode(name: string): string[] {
  return [
    'from transformers import AutoModelForCausalLM, AutoTokenizer',
    '',
    `tokenizer = AutoTokenizer.from_pretrained("${name}")`,
    `model = AutoModelForCausalLM.from_pretrained("${name}")`,
    ...answering,
  ];
}

const answering = [
  'inputs = tokenizer(prompt, return_tensors="pt")',
  'output = model.generate(**inputs, max_new_tokens=256)[0]',
  'print(tokenizer.decode(output[inputs["input_ids"].shape[1]:], skip_special_tokens=True))',
];

function fence(language: string, lines: readonly string[]): string {
  return `\`\`\`${language}\n${lines.join('\n')}\n\`\`\``;
}
