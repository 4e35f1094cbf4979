import { BezoarError } from '@bezoar/core';
import { regexFilter, wholeReply, type ReplyFilter } from '../metrics/reply-filters.ts';
import { strip } from '../python-text.ts';
import { pythonRegex } from './python-regex.ts';
import type { FilterStepYaml, TaskYaml } from './task-yaml.ts';

/** The filters of a task file, each a chain of steps; the whole reply where it has none. */
export function filtersOf({ filter_list: list }: TaskYaml, file: string): Record<string, ReplyFilter> {
  if (list === undefined || list === null) return { none: wholeReply };
  return Object.fromEntries(
    list.map(({ name, filter }) => {
      const steps = filter.map((step) => stepOf(step, `${file}: filter ${name}`));
      return [name, (reply: string) => steps.reduce((text, step) => step(text), reply)];
    }),
  );
}

function stepOf(step: FilterStepYaml, what: string): ReplyFilter {
  switch (step.function) {
    case 'take_first':
      return wholeReply;
    case 'regex': {
      const { regex_pattern: pattern = '#### (\\-?[0-9\\.\\,]+)', group_select: pick = 0, fallback } = step;
      return regexFilter({
        pattern: pythonRegex(pattern, what),
        pick,
        ...(fallback === undefined ? {} : { fallback }),
      });
    }
    case 'remove_whitespace':
      return strip;
    case 'lowercase':
      return (reply) => reply.toLowerCase();
    case 'uppercase':
      return (reply) => reply.toUpperCase();
    case 'map': {
      const { mapping_dict: mapping = {}, default_value: otherwise } = step;
      return (reply) => mapping[reply] ?? otherwise ?? 'None';
    }
    default:
      throw new BezoarError('UNSUPPORTED', `${what}: ${step.function} is not known here.`, {
        advice: 'Known: take_first, regex, remove_whitespace, lowercase, uppercase, map.',
      });
  }
}
