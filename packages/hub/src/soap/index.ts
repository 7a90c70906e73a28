/** SOAP 1.2 over WebSocket, the service and the client. A table of contents, no logic. */
export {
  type Addressing,
  type AddressingHeader,
  addresses,
  addressingName,
  type EndpointReference,
} from './addressing.ts';
export { type CallOptions, type Notified, SoapClient, type SoapClientOptions, SoapConnectionError } from './client.ts';
export { type ConnectSoapOptions, connectSoap } from './connect.ts';
export {
  defineSoapContract,
  type InputOf,
  type NotificationName,
  type NotificationValue,
  type OperationName,
  type OutputOf,
  SoapContract,
  type SoapContractDefinition,
  SoapNotification,
  type SoapNotificationDefinition,
  type SoapNotificationType,
  type SoapOperation,
  type SoapOperationDefinition,
} from './contract.ts';
export { type FaultCode, SoapFault, type SoapFaultOptions, senderFault } from './fault.ts';
export {
  acceptSoap,
  offeredSoap,
  refuseSoapHeaders,
  type SoapAcceptance,
  type SoapUpgradeRequest,
  soapContentType,
  soapRequired,
  soapSubprotocol,
} from './handshake.ts';
export type { FrameKind, SoapData, Understands } from './message.ts';
export { NotificationQueueError } from './notification-queue.ts';
export { type SoapContext, type SoapHandlers, type SoapService, soapService } from './service.ts';
export {
  defaultSoapLimits,
  type SoapLimits,
  type SoapPeer,
  SoapSession,
  type SoapSessionOptions,
} from './session.ts';
export type { FieldType, RecordType, ScalarName, ScalarType, ScalarValues, ValueOf } from './value.ts';
export { element, namespaces, QName, type XmlAttribute, type XmlElement, type XmlNode } from './xml.ts';
export type { XmlLimits } from './xml-parser.ts';
