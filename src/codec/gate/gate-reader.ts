import { FrameReader } from '../bytes/frame-reader.js';

/** The frame under check: a reader over its body, and what has been seen of it that later steps need. */
export class GateReader extends FrameReader {
  firstByte = 0;
  body = 0;
  topic = '';
  properties: GateProperties | undefined;
}

/** The properties that the gate looks at once more. */
export interface GateProperties {
  readonly topicAlias?: number;
  readonly responseTopic?: string;
  readonly sessionExpiryInterval?: number;
  readonly authenticationMethod?: string;
}
