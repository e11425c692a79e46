import { expect } from 'chai';
import { inspect } from 'node:util';
import { MqttError, mqtt } from '../../src/index.js';

describe('MqttError', () => {
  const error = new MqttError('QUEUE_FULL', 'the queue is full', {
    subject: 'a/b',
    delivery: 'rejected',
    cause: new Error('s3cr3t'),
  });

  it('has its message and details in JSON, and not its cause', () => {
    const logged: unknown = JSON.parse(JSON.stringify({ error }));
    expect(logged).to.deep.equal({
      error: {
        name: 'MqttError',
        code: 'QUEUE_FULL',
        message: 'the queue is full',
        subject: 'a/b',
        delivery: 'rejected',
        retryable: false,
      },
    });
  });

  it('is shown once, with its message before the stack and no mark of the library', () => {
    const shown = inspect(error);
    expect(shown).to.match(/^MqttError: the queue is full\n {4}at /);
    expect(shown.split('the queue is full')).to.have.length(2);
    expect(shown).to.include('s3cr3t').and.not.include('Symbol(');
  });

  it('is recognized by another copy of the library, which knows only the mark', () => {
    const mark = Symbol.for('rxjs-mqtt.MqttError');
    expect(mark in error).to.equal(true);
    expect(MqttError.is({ [mark]: true, code: 'QUEUE_FULL' }, 'QUEUE_FULL')).to.equal(true);
    expect(MqttError.is(Object.assign({}, error), 'QUEUE_FULL')).to.equal(false);
  });
});

describe('a client', () => {
  it('can be logged: neither its parts nor its credentials are shown', () => {
    const client = mqtt('mqtt://user:s3cr3t@h?token=s3cr3t', { password: 's3cr3t' });
    expect(inspect(client)).to.equal('Client {}');
    expect(JSON.stringify({ client })).to.equal('{"client":{}}');
    expect(inspect(client, { depth: null, showHidden: true, getters: true })).to.not.include('s3cr3t');
  });
});
