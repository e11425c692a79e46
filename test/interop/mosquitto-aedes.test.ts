import { aedesDescription, mosquittoDescription } from './descriptions.js';
import { describeInterop } from './suite.js';

describe('interoperability [MQTT3-7.0.0-2]', () => {
  describeInterop(mosquittoDescription, process.env.CI === 'true');
  describeInterop(aedesDescription);
});
