import { funnelTable, formatPrice, markdownTable } from '@bezoar/datagen';
import { stringify } from 'yaml';
import type { StageRecord } from '../stage-record.ts';
import { evaluationSection } from './evaluation-section.ts';
import { hubLink } from './hub-link.ts';
import { licenseSection } from './license-section.ts';
import { limitsSection } from './limits-section.ts';
import type { ModelCard, ModelForm } from './model-card.ts';
import { provenanceSection } from './provenance-section.ts';
import { trainedOn } from './trained-on.ts';
import { trainingSection } from './training-section.ts';
import { usageSection } from './usage-section.ts';

const libraries: Readonly<Record<ModelForm, string | undefined>> = {
  adapter: 'peft',
  finetune: 'transformers',
  quantized: undefined,
};

/**
 * The README.md of a model on the Hugging Face Hub: its YAML header, how to load it, what evaluations found, how it was made: data, trainings,
 * which rows were kept, what was paid; licences and limits. The same run gives the same card.
 */
export function renderModelCard(card: ModelCard): string {
  const sections = [
    `# ${card.name}`,
    introduction(card),
    ...(card.description === undefined ? [] : [card.description.trim()]),
    ...usageSection(card),
    ...evaluationSection(card),
    ...trainingSection(card),
    ...funnelSection(card.lineage),
    ...costSection(card.lineage),
    ...provenanceSection(card),
    ...licenseSection(card),
    ...limitsSection(card),
    ...togetherSection(card),
  ];
  return `---\n${stringify(header(card), { lineWidth: 0, aliasDuplicateObjects: false })}---\n\n${sections.join('\n\n')}\n`;
}

function header(card: ModelCard): Record<string, unknown> {
  const { name, license, form, base, languages, lineage, evaluations } = card;
  const library = libraries[form];
  const kinds = lineage.map(({ kind }) => kind).filter((kind) => kind === 'sft' || kind === 'dpo');
  const datasets = trainedOn(card).map((data) => data.name);
  const marks = { adapter: ['lora'], finetune: [], quantized: ['gguf'] }[form];
  return {
    ...(languages === undefined ? {} : { language: languages }),
    license,
    ...(library === undefined ? {} : { library_name: library }),
    pipeline_tag: 'text-generation',
    tags: [...new Set(['bezoar', ...kinds, ...marks])],
    ...(base === undefined ? {} : { base_model: base, base_model_relation: form }),
    ...(datasets.length === 0 ? {} : { datasets }),
    ...(evaluations.own.length === 0 ? {} : { 'model-index': [{ name, results: evaluations.own }] }),
  };
}

function introduction({ form, base, adapter, merged }: ModelCard): string {
  const what = {
    adapter: 'An adapter (PEFT) for',
    finetune: 'A model made from',
    quantized: 'GGUF files made from',
  }[form];
  const from = base === undefined ? 'a base model that is not on the Hub' : hubLink(base);
  const twin = [
    ...(adapter === undefined ? [] : [`It has the adapter ${hubLink(adapter)} folded in.`]),
    ...(merged === undefined ? [] : [`${hubLink(merged)} has it folded in.`]),
  ];
  return [`${what} ${from}, trained with Bezoar.`, ...twin].join(' ');
}

function funnelSection(lineage: readonly StageRecord[]): string[] {
  const funnels = lineage.flatMap(({ id, history }) =>
    history?.funnel === undefined ? [] : [{ ...history.funnel, stage: id }],
  );
  if (funnels.length === 0) return [];
  return ['## Where the rows went', funnelTable(funnels)];
}

function costSection(lineage: readonly StageRecord[]): string[] {
  const rows = lineage.flatMap(({ id, history }) => {
    const usage = history?.usage;
    if (usage === undefined) return [];
    const { calls, inputTokens, outputTokens, cost, unpriced = 0 } = usage;
    const price = formatPrice(unpriced > 0 ? undefined : cost);
    return [[id, calls, inputTokens, outputTokens, price]];
  });
  if (rows.length === 0) return [];
  const paid = lineage.flatMap(({ history }) => (history?.usage === undefined ? [] : [history.usage]));
  const isPriced = paid.every(({ cost, unpriced = 0 }) => cost !== undefined && unpriced === 0);
  const total = paid.reduce((sum, { cost = 0 }) => sum + cost, 0);
  if (rows.length > 1) rows.push(['**together**', '', '', '', formatPrice(isPriced ? total : undefined)]);
  return [
    '## What chat models cost',
    markdownTable(['stage', 'calls', 'input tokens', 'output tokens', 'US$'], rows),
  ];
}

function togetherSection({ name, together }: ModelCard): string[] {
  const others = [...together.values()].filter((other) => other.name !== name);
  if (others.length === 0) return [];
  const lines = others.map((other) => `- ${hubLink(other.name, other.type)}`);
  return ['## Published together', lines.join('\n')];
}
