import { catalogueOf } from "../_words/languages.ts";
import { WordsProvider } from "../_words/words.tsx";
import { CourseSearch } from "./course-search.tsx";

/** The search in the header of a page that is in English itself: it speaks the language of the texts that it finds. */
export function HeaderSearch(props: { course: string; language: string }) {
  return (
    <WordsProvider catalogue={catalogueOf(props.language)}>
      <CourseSearch {...props} />
    </WordsProvider>
  );
}
