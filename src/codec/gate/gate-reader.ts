import { FrameReader } from '../bytes/frame-reader.js';

/** Reads the body of the frame that is checked, and keeps the values that later steps need. */
export class GateReader extends FrameReader {
  firstByte = 0;
  body = 0;
  topic = '';
  properties: GateProperties | undefined;
}

/** The properties that several steps check. */
export interface GateProperties {
  readonly topicAlias?: number;
  readonly responseTopic?: string;
  readonly sessionExpiryInterval?: number;
  readonly authenticationMethod?: string;
}
