import { type MqttClient, mqtt } from './library.js';

/** PEM text: read the files first. */
interface Thing {
  name: string;
  cert: string;
  key: string;
  ca: string;
}

/** AWS IoT Core over port 443, which most firewalls let through. */
export function awsIot(endpoint: string, { name, cert, key, ca }: Thing, port = 443): MqttClient {
  return mqtt(`mqtts://${endpoint}:${port}`, {
    clientId: name,
    tls: { cert, key, ca, alpn: ['x-amzn-mqtt-ca'] },
    maximumQoS: 1, // it knows no QoS 2
    maxFiltersPerSubscribe: 8,
  });
}
