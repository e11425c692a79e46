// The package by require(): the same module as by import.
const required = require('rxjs-mqtt');

import('rxjs-mqtt').then(imported => {
  if (typeof required.mqtt !== 'function') throw new Error('mqtt is not exported');
  if (required.MqttError !== imported.MqttError) throw new Error('require and import give two copies');
  if (require('rxjs-mqtt/testing').mockMqtt().connection.status !== 'connected') throw new Error('mockMqtt');
  if (typeof require('rxjs-mqtt/store').levelStore !== 'function') throw new Error('levelStore');
  console.log('require: the same module');
});
