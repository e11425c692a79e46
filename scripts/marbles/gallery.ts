import { chapters } from '../../marbles/index.js';

const introduction = `# Marbles

<!-- made by npm run marbles from marbles/; do not edit -->

What this library does, in pictures. Each is drawn from a diagram in \`marbles/\` that is a test as well: it runs against the library
on virtual time, and fails when a packet, a value or a state comes at another moment than the picture says.

How to read them: time goes from left to right; below is how much of it has passed. It is stretched where much happens: what stands
above a thick part of that line happens at once, from left to right. A stream is a line: it begins at a ring when it is subscribed,
capsules are its values, a bar is its completion, red its error. Between client and broker are the packets, \`q1 #7\` being QoS 1 and
packet identifier 7; a red zigzag is where the connection breaks.
`;

/** All drawings in the order in which they tell their story. */
export function gallery(): string {
  const parts = chapters.map(({ title, introduction: first, diagrams }) =>
    [
      `## ${title}\n`,
      `${first}\n`,
      ...diagrams.map(({ name, sentence }) => `${sentence}\n\n![${name}](${name}.svg)\n`),
    ].join('\n'),
  );
  return [introduction, ...parts].join('\n');
}
