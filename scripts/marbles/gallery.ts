import { chapters } from '../../marbles/index.js';

const introduction = `# Marbles

<!-- made by npm run marbles from marbles/; do not edit -->

What this library does, in pictures. Each is drawn from a diagram in \`marbles/\` that is a test as well: it runs against the library
on virtual time, and fails when a packet, a value or a state comes at another moment than the picture says.

**How to read them.** Time goes from left to right; below is how much of it has passed. It is stretched where much happens: what
stands above a thick piece of that line happens at once, from left to right. A stream is a line: it begins at a ring where it is
subscribed, capsules are its values, a bar is its completion, a small bar its unsubscription. Between client and broker are the
packets: \`q1 #7\` is QoS 1 and packet identifier 7, \`t:1\` the filter \`t\` with QoS 1, \`resume\` a CONNECT that does not ask for a
clean session, \`0x97\` a reason code. A red zigzag is where the connection breaks; hatched is the time without one.
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
