import type { Rule } from 'eslint';

/** File names are kebab-case, as the export they are named after: `trainSft` stands in `train-sft.ts`. */
const pattern =
  /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|conformance|golden|slow|faults|gpu|gl|browser|setup|bench))*\.(ts|js|mjs)$/;

const fileName: Rule.RuleModule = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      kebab:
        '{{ name }}: file names are kebab-case, with at most a kind before the ending (`x.golden.test.ts`).',
    },
  },
  create(context) {
    const name = context.filename.split(/[\\/]/).at(-1)!;
    return {
      Program(node) {
        if (!pattern.test(name)) context.report({ node, messageId: 'kebab', data: { name } });
      },
    };
  },
};

export default fileName;
