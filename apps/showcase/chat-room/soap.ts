/** The chat room in SOAP: an operation to say something, and a notification of each line. */
import { defineSoapContract, type SoapContract } from '@tidewire/hub/soap';

const definition = {
  namespace: 'urn:tidewire:chat',
  operations: {
    Say: { input: { text: 'string' }, output: { offset: 'int' } },
    /** One-way: never answered. */
    Shout: { input: { text: 'string' } },
  },
  notifications: {
    Said: { value: { name: 'string', text: 'string', via: 'string' } },
  },
} as const;

export const chatService: SoapContract<typeof definition> = defineSoapContract(definition);
