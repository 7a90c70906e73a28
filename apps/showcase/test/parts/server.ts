/** An application that is nothing but a page with the shared parts on it, within reach of a test. */
import { type Application, pageIn } from '../../application.ts';

export const parts: Application = {
  id: 'parts',
  title: 'Shared parts',
  summary: 'What every page may use.',
  page: pageIn(import.meta.url),
};
