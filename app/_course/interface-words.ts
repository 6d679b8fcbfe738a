/**
 * The interface's own strings around a chapter, by id and language. English is whole; what another language lacks is
 * shown in English, and a test says what it lacks.
 */
const en = {
  "answer.question": "Question",
  "answer.prediction": "Before you do it",
  "answer.several": "More than one may be right.",
  "answer.number": "Your number",
  "answer.answer": "Answer",
  "answer.keep": "Keep my prediction",
  "answer.right": "Right",
  "answer.wrong": "Not right yet",
  "answer.recorded": "Kept. Your lab will tell you.",
  "answer.your-lab": "Your lab says:",
  "answer.not-taken": "The answer was not taken.",
  "answer.no-connection": "No connection: your answer was not sent. Try again.",
  "chapter.chapter": "Chapter",
  "chapter.minutes": "minutes",
  "chapter.aim": "Afterwards you can:",
  "chapter.summary": "Summary",
  "chapter.previous": "Previous",
  "chapter.next": "Next",
  "chapter.all": "All chapters",
  "chapter.language": "Language",
  "step.check": "Check this step",
  "step.check-all": "Check all steps",
  "step.passed-at": "Passed at",
  "step.steps": "Steps of this chapter",
  "run.in": "Run in",
  "run.copy": "Copy",
  "run.copied": "Copied",
  "hint.hint": "Hint",
  "hint.before": "(opened before)",
  "note.note": "Note",
  "term.more": "Explained in chapter",
  "search.open": "Search the course",
  "search.field": "Words of a text, a term or a command",
  "search.close": "Close",
  "search.fetching": "Fetching the course's index",
  "search.failed": "The index could not be fetched: there is no connection to the server.",
  "search.again": "Try again",
  "search.none": "Nothing has all these words.",
  "search.found": "found",
  "search.word": "word",
  "search.command": "command",
  "search.slash": "The key / opens this search",
} as const;

export type WordId = keyof typeof en;

const es: Partial<Record<WordId, string>> = {
  "answer.question": "Pregunta",
  "answer.prediction": "Antes de hacerlo",
  "answer.several": "Puede haber más de una respuesta correcta.",
  "answer.number": "Su número",
  "answer.answer": "Responder",
  "answer.keep": "Guardar mi predicción",
  "answer.right": "Correcto",
  "answer.wrong": "Todavía no es correcto",
  "answer.recorded": "Guardado. Su laboratorio se lo dirá.",
  "answer.your-lab": "Su laboratorio dice:",
  "answer.not-taken": "La respuesta no se aceptó.",
  "answer.no-connection": "Sin conexión: su respuesta no se envió. Inténtelo de nuevo.",
  "chapter.chapter": "Capítulo",
  "chapter.minutes": "minutos",
  "chapter.aim": "Después usted puede:",
  "chapter.summary": "Resumen",
  "chapter.previous": "Anterior",
  "chapter.next": "Siguiente",
  "chapter.all": "Todos los capítulos",
  "chapter.language": "Idioma",
  "step.check": "Comprobar este paso",
  "step.check-all": "Comprobar todos los pasos",
  "step.passed-at": "Superado a las",
  "step.steps": "Pasos de este capítulo",
  "run.in": "Ejecutar en",
  "run.copy": "Copiar",
  "run.copied": "Copiado",
  "hint.hint": "Pista",
  "hint.before": "(ya abierta)",
  "note.note": "Nota",
  "term.more": "Explicado en el capítulo",
  "search.open": "Buscar en el curso",
  "search.field": "Palabras de un texto, un término o una orden",
  "search.close": "Cerrar",
  "search.fetching": "Se carga el índice del curso",
  "search.failed": "El índice no se pudo cargar: no hay conexión con el servidor.",
  "search.again": "Intentar de nuevo",
  "search.none": "Nada tiene todas estas palabras.",
  "search.found": "resultados",
  "search.word": "término",
  "search.command": "orden",
  "search.slash": "La tecla / abre esta búsqueda",
};

export const interfaceWords: Record<string, Partial<Record<WordId, string>>> = { en, es };

/** Names of languages in themselves. */
export const languageNames: Record<string, string> = { en: "English", es: "Español", fr: "Français", pt: "Português" };

export function wordIn(language: string, id: WordId): string {
  return interfaceWords[language]?.[id] ?? en[id];
}
