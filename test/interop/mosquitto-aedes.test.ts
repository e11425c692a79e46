import { aedesDescription, mosquittoDescription } from './descriptions.js';
import { describeInterop } from './suite.js';

describe('interoperability', () => {
  describeInterop(mosquittoDescription, process.env.CI === 'true');
  describeInterop(aedesDescription);
});
