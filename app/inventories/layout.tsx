import { EnglishOnly } from "../_words/english-only.tsx";

export default EnglishOnly;
