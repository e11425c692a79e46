// The build for browsers by require(), as React Native and tests of pages load it.
const { strict: assert } = require('node:assert');
const { mqtt } = require('./node_modules/rxjs-mqtt/dist/index.cjs');
const { mockMqtt } = require('./node_modules/rxjs-mqtt/dist/testing.cjs');

assert.throws(() => mqtt('mqtt://127.0.0.1'), { code: 'NOT_SUPPORTED' }, 'it has no TCP');

const topics = [];
const mock = mockMqtt();
mock.topic$('a/+').subscribe(({ topic }) => topics.push(topic));
mock.emit('a/b');
assert.deepEqual(topics, ['a/b']);
console.log('the build for browsers works');
