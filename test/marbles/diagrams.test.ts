import { diagrams } from '../../marbles/index.js';
import { run } from './run.js';

describe('marbles', () => {
  for (const diagram of diagrams) it(`${diagram.name}: ${diagram.sentence}`, run(diagram));
});
