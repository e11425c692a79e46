/** The name of the user property of SUBSCRIBE by which a tab says that its program acknowledges the messages. It does not reach the broker. */
export const MANUAL_ACK = 'rxjs-mqtt-manual-ack';
