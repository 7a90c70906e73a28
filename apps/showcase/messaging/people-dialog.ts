/** Asks which people, and for a new group what it is called. Escape, or a click on Cancel, is no answer. */
import { button, element, words } from '../shared/element.ts';
import type { User } from '../shared/identity.ts';

export interface Question {
  readonly title: string;
  /** What the button says. */
  readonly says: string;
  readonly people: readonly User[];
  /** Asks for a name, too. */
  readonly named: boolean;
}

export interface Answer {
  readonly name: string;
  readonly people: readonly string[];
}

/** Resolves with nothing when it was closed without an answer. */
export function askForPeople(question: Question): Promise<Answer | undefined> {
  const name = element('input', { type: 'text', id: 'group-name', maxlength: 60, required: true, autocomplete: 'off' });
  const boxes = question.people.map(({ id }) => element('input', { type: 'checkbox', value: id }));
  const problem = element('p', { class: 'dialog-problem', role: 'alert' });
  const cancel = button('Cancel', () => dialog.close(), { class: 'quiet' });
  const form: HTMLFormElement = formOf(question, { name, boxes, problem, cancel });
  const dialog: HTMLDialogElement = element(
    'dialog',
    { class: 'people-dialog card', 'aria-label': question.title },
    form,
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    let answer: Answer | undefined;
    form.addEventListener('submit', (event) => {
      const people = boxes.filter(({ checked }) => checked).map(({ value }) => value);
      if (people.length > 0) answer = { name: name.value.trim(), people };
      else {
        event.preventDefault();
        problem.textContent = 'Choose at least one person.';
      }
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
  });
}

interface Parts {
  readonly name: HTMLInputElement;
  /** One for each of the question's people, in their order. */
  readonly boxes: readonly HTMLInputElement[];
  readonly problem: HTMLElement;
  readonly cancel: HTMLButtonElement;
}

function formOf({ title, says, people, named }: Question, { name, boxes, problem, cancel }: Parts): HTMLFormElement {
  const choices = people.map((person, at) =>
    element('label', { class: 'person-choice' }, boxes[at], words(person.name)),
  );
  return element(
    'form',
    { method: 'dialog', class: 'people-form' },
    element('h2', {}, title),
    named && element('div', { class: 'field' }, element('label', { for: 'group-name' }, 'Its name'), name),
    element(
      'fieldset',
      { class: 'people-choices' },
      element('legend', {}, 'Who is in it'),
      ...choices,
      choices.length === 0 && element('p', {}, 'There is nobody else to be added.'),
    ),
    problem,
    element('div', { class: 'dialog-actions' }, cancel, element('button', { type: 'submit' }, says)),
  );
}
