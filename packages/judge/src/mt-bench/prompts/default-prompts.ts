import type { JudgePrompt } from './judge-prompt.ts';
import type { PromptSet, TurnPrompts } from './prompt-set.ts';

interface Wording {
  readonly type: JudgePrompt['type'];
  readonly reference: boolean;
  readonly turn: 1 | 2;
}

const singleReply =
  '{"explanation": "one to three sentences", "rating": a number from 1 (useless) to 10 (flawless)}';
const pairReply = '{"explanation": "one to three sentences", "winner": "A", "B" or "tie"}';

function systemText({ type, reference, turn }: Wording): string {
  const what =
    type === 'single'
      ? 'You grade what an assistant said to a user.'
      : 'Two assistants, A and B, answered the same user. You say which of them served the user better.';
  const focus =
    turn === 1
      ? []
      : [
          'You see the whole conversation; grade what was said to the second message, in the light of what came before.',
        ];
  const criteria = reference
    ? [
        'What counts is whether the answer is right, and whether the way to it is. Compare it with the reference answer first, and name what is wrong.',
        'The reference may itself be mistaken: where you can show that it is, judge by what is true.',
      ]
    : [
        'What counts is whether the answer does all that was asked, is true, goes as deep as the question does, and is good to read.',
      ];
  const fairness =
    type === 'single'
      ? 'A longer answer is not a better one.'
      : 'The order of the answers, their length and how sure they sound decide nothing. A tie is for answers that serve equally well.';
  const format = `Reply with one JSON object and nothing else:\n${type === 'single' ? singleReply : pairReply}`;
  return [what, ...focus, ...criteria, fairness, format].join('\n');
}

function userTemplate({ type, reference, turn }: Wording): string {
  const exchange = (assistant: string, answer: string): string =>
    turn === 1
      ? block(`Answer${assistant}`, `{${answer}}`)
      : [
          block(`Answer${assistant} to the first message`, `{${answer}_1}`),
          block(`Answer${assistant} to the second message`, `{${answer}_2}`),
        ].join('\n\n');
  const questions =
    turn === 1
      ? [block('Message of the user', '{question}')]
      : [
          block('First message of the user', '{question_1}'),
          block('Second message of the user', '{question_2}'),
        ];
  const references = !reference
    ? []
    : turn === 1
      ? [block('Reference answer', '{ref_answer_1}')]
      : [
          block('Reference answer to the first message', '{ref_answer_1}'),
          block('Reference answer to the second message', '{ref_answer_2}'),
        ];
  const answers =
    type === 'single'
      ? [exchange('', 'answer')]
      : [exchange(' of A', 'answer_a'), exchange(' of B', 'answer_b')];
  return [...questions, ...references, ...answers].join('\n\n');
}

function block(title: string, content: string): string {
  return `<<< ${title} >>>\n${content}`;
}

function turnPrompts(type: JudgePrompt['type'], reference: boolean): TurnPrompts {
  const prompt = (turn: 1 | 2): JudgePrompt => ({
    name: ['bezoar', type, ...(reference ? ['reference'] : []), `turn-${turn}`].join('-'),
    type,
    system_prompt: systemText({ type, reference, turn }),
    prompt_template: userTemplate({ type, reference, turn }),
    output_format: 'json',
  });
  return { first: prompt(1), second: prompt(2) };
}

/** This project's own prompts: the verdict is a JSON object, its reason first. */
export const defaultJudgePrompts: PromptSet = {
  name: 'bezoar-1',
  single: { general: turnPrompts('single', false), withReference: turnPrompts('single', true) },
  pair: { general: turnPrompts('pairwise', false), withReference: turnPrompts('pairwise', true) },
};
