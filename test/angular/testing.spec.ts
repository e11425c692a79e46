import { EnvironmentInjector, createEnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { MQTT_CLIENT, provideMqtt } from '../../src/angular/index.js';
import type { MockMqtt } from '../../src/testing/index.js';
import { injectMockMqtt, provideMockMqtt } from '../../src/angular/testing/index.js';

describe('provideMockMqtt', () => {
  it('takes the options of the mock', () => {
    TestBed.configureTestingModule({ providers: [provideMockMqtt({ settle: 'byHand' })] });
    const mqtt = injectMockMqtt();
    let delivered = false;
    mqtt.publish('a', 'b').subscribe(() => (delivered = true));
    expect(delivered).to.equal(false);
    mqtt.published[0]?.settle();
    expect(delivered).to.equal(true);
  });

  it('leaves what is unsettled alone when its injector is destroyed', () => {
    const injector = createEnvironmentInjector([provideMockMqtt()], TestBed.inject(EnvironmentInjector));
    const client = injector.get(MQTT_CLIENT) as MockMqtt;
    client.setConnection('reconnecting');
    client.publish('a', 'b', { qos: 1 }).subscribe(); // its error would be unhandled, in every test that clicks a button
    injector.destroy();
    expect(() => client.assertNoPending()).to.throw(/1 published and not settled/);
  });

  it('is what injectMockMqtt asks for, and no other client', () => {
    TestBed.configureTestingModule({ providers: [provideMqtt('mqtt://broker')] });
    expect(injectMockMqtt).to.throw(/provideMockMqtt/);
  });
});
