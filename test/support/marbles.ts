import { expect } from 'chai';
import { TestScheduler } from 'rxjs/testing';

// what our own tests use is the entry point rxjs-mqtt/testing
export { mqttMarbles, type MqttMarbles as MqttHelpers } from '../../src/testing/index.js';

export const testScheduler = () =>
  new TestScheduler((actual, expected) => {
    expect(actual).to.deep.equal(expected);
  });
