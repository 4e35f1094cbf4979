const animals = ['robin', 'crow', 'owl', 'perch', 'hamster', 'duck', 'zebra', 'otter', 'swan', 'goose', 'pig', 'cat'];

export const instructionRows: readonly unknown[] = animals.map((animal) => ({
  instruction: `What color is the ${animal}?`,
  response: `The ${animal} is brown.`,
}));

export const preferenceRows: readonly unknown[] = animals.map((animal) => ({
  chosen: `\n\nHuman: Color of the ${animal}?\n\nAssistant: It is brown.`,
  rejected: `\n\nHuman: Color of the ${animal}?\n\nAssistant: No.`,
}));

export const choiceRows: readonly unknown[] = animals.map((animal, index) => ({
  id: animal,
  question: `Which class of animals does the ${animal} belong to?`,
  choices: { text: ['spider', 'fish', 'mammal', 'bird'], label: ['A', 'B', 'C', 'D'] },
  answerKey: 'ABCD'[index % 4],
}));
