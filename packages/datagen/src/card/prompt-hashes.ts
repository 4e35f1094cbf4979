import { hashText } from '@bezoar/core';
import { depthMethods, type EvolOperation } from '../evol/operations.ts';
import { equalityPrompt, evolvePrompt } from '../evol/prompts.ts';
import { exampleGuidedPrompt, responseSystem, topicGuidedPrompt, topicPrompt } from '../lamini/prompts.ts';
import { systemMessages } from '../orca/system-messages.ts';

export type Scheme = 'lamini' | 'evol' | 'orca';

/** A hash for each prompt of a scheme, over its wording with placeholders in the gaps: for the card of a data set. */
export function promptHashes(scheme: Scheme): Record<string, string> {
  const texts = Object.entries(promptTexts(scheme));
  return Object.fromEntries(texts.map(([name, text]) => [`${scheme}/${name}`, hashText(text)]));
}

function promptTexts(scheme: Scheme): Record<string, string> {
  const [examples, count] = [['{examples}'], 0];
  switch (scheme) {
    case 'lamini':
      return {
        'example-guided': exampleGuidedPrompt({ examples, count }),
        'topic-guided': topicGuidedPrompt({ examples, count, topics: ['{topics}'] }),
        topics: topicPrompt({ instructions: examples, count }),
        response: responseSystem,
      };
    case 'evol': {
      const operations: readonly string[] = [...Object.keys(depthMethods), 'breadth'];
      return {
        ...Object.fromEntries(
          operations.map((each) => [each, evolvePrompt(each as EvolOperation, '{instruction}')]),
        ),
        equality: equalityPrompt('{parent}', '{child}'),
      };
    }
    case 'orca':
      return { 'system-messages': JSON.stringify(systemMessages) };
  }
}
