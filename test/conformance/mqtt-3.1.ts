import { type Statement, both, client } from './statement.js';

/** Where MQTT 3.1 asks something else of a client than 3.1.1 does. It numbers no statements: the id is that of the section. */
export const mqtt31: readonly Statement[] = [
  client('3.1-1', 'the protocol name is MQIsdp, the version 3'),
  client('3.1-2', 'the client identifier is not empty; one that we make has at most 23 characters'),
  client('3.1-3', 'there is no password without a user name'),
  client('3.2', 'the first byte of CONNACK is reserved: 0 does not tell that the server has no session'),
  both('3.6', 'a PUBREL that is sent again may have DUP'),
  client('3.11', 'UNSUBACK has no payload'),
  client('3.14', 'no DISCONNECT comes from the server'),
  both('4.2', 'the server may send again while the connection lasts'),
];
