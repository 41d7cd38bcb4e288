"""What an outline of each content structure covers: sections with the points a writer fills in. Pure data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A section to write. `{k}` stands for the primary keyword; `points` say what to cover.

    `shape`: ``points`` (a list), ``steps`` (a numbered list) or ``table`` (`columns` by `points` as rows).
    """

    heading: str
    brief: str
    points: tuple[str, ...]
    shape: str = "points"
    columns: tuple[str, ...] = ()


_FAQ_BRIEF = "Two to four sentences each; the first one answers, the rest explains."

GUIDE = (
    Section(
        "The short answer",
        "Answer the main question of “{k}” in two or three sentences for readers in a hurry.",
        ("State the recommendation in one sentence", "Say for whom it holds, and for whom it does not"),
    ),
    Section(
        "What {k} means in practice",
        "Explain the subject in plain words and bound it.",
        (
            "A definition without jargon",
            "What belongs to it and what is often confused with it",
            "One everyday example the reader will recognise",
        ),
    ),
    Section(
        "What to look at first",
        "The few factors that decide most of the result, the most important first.",
        (
            "Factor 1: why it matters and how to judge it",
            "Factor 2: why it matters and how to judge it",
            "Factor 3: why it matters and how to judge it",
        ),
    ),
    Section(
        "How to go about it",
        "Turn the advice into steps the reader can take today.",
        (
            "What to prepare",
            "The first step, with how long it takes",
            "How to tell that it worked",
            "What to do when it did not",
        ),
        "steps",
    ),
    Section(
        "Overview",
        "Sum up the options so that a reader can compare them at a glance.",
        ("Simple option", "Middle way", "Thorough option"),
        "table",
        ("Option", "Good for", "Effort", "Cost"),
    ),
)
TUTORIAL = (
    Section(
        "What you will have at the end",
        "Show the finished result and name the time and level it takes.",
        ("A picture or description of the result", "Time needed and level of difficulty"),
    ),
    Section(
        "What you need",
        "List materials, tools and anything to set up before the first step.",
        ("Item or tool", "What it is for", "A cheaper stand-in, if there is one"),
        "table",
        ("What", "What for", "Stand-in"),
    ),
    Section(
        "Step by step",
        "One action a step; start each with a verb and say how the reader knows it is done.",
        (
            "Prepare: what to set out, and why",
            "Do the first action; describe what the reader should see",
            "Do the main action; give amounts, times or settings",
            "Check the result against a clear sign",
            "Finish, clean up or save",
        ),
        "steps",
    ),
    Section(
        "When it does not work",
        "The likely problems in the order in which they occur.",
        (
            "Symptom, cause, remedy: the most common one",
            "Symptom, cause, remedy: the second",
            "When to start over or ask for help",
        ),
    ),
)
LISTICLE = (
    Section(
        "How we chose",
        "Name the criteria before the list, so that the order makes sense.",
        ("Criterion 1 and how it was checked", "Criterion 2 and how it was checked", "What was left out, and why"),
    ),
    Section(
        "The list at a glance",
        "A table that answers the question for readers who will not scroll.",
        ("First choice", "Second choice", "Third choice", "Best for a small budget"),
        "table",
        ("Name", "Best for", "Strength", "Weakness"),
    ),
    Section(
        "The entries in detail",
        "One part for each entry, all built alike: what it is, why it is here, for whom.",
        (
            "Entry 1: what stands out, and one honest limit",
            "Entry 2: what stands out, and one honest limit",
            "Entry 3: what stands out, and one honest limit",
        ),
    ),
    Section(
        "Which one to take",
        "Lead each kind of reader to one entry.",
        ("If you start from nothing", "If you have little time", "If you want the best result"),
    ),
)
COMPARISON = (
    Section(
        "The verdict in short",
        "Say which option wins for whom, in three sentences at most.",
        ("Take the first option if …", "Take the second option if …"),
    ),
    Section(
        "Side by side",
        "The facts that decide, with figures and units.",
        ("Price", "Time and effort", "Quality of the result", "Upkeep", "Best for"),
        "table",
        ("", "First option", "Second option"),
    ),
    Section(
        "Where they differ",
        "One paragraph for each difference that changes the decision.",
        (
            "Difference 1: what it means in daily use",
            "Difference 2: what it means in daily use",
            "Difference 3: what it means in daily use",
        ),
    ),
    Section(
        "What they share",
        "Save the reader the points that make no difference.",
        ("What both do equally well", "What neither does"),
    ),
    Section(
        "How to decide",
        "Three questions that lead to one answer.",
        ("How often will you use it?", "What may it cost, once and over time?", "What do you already have?"),
        "steps",
    ),
)
REVIEW = (
    Section(
        "Our verdict",
        "A rating with its reason, for whom it is right and for whom it is not.",
        ("Verdict in one sentence", "Right for …", "Not right for …"),
    ),
    Section(
        "Facts",
        "Specifications that a buyer checks, taken from the maker and verified where possible.",
        ("Price", "Size or scope", "What is included", "Warranty or support"),
        "table",
        ("Fact", "Value"),
    ),
    Section(
        "How we tested",
        "What was done, for how long, and against what it was measured.",
        ("Set-up and duration", "What was measured and how"),
    ),
    Section(
        "What is good",
        "Each strength with an observation that proves it.",
        ("Strength 1 and its evidence", "Strength 2 and its evidence"),
    ),
    Section(
        "What is not",
        "Each weakness with how much it matters in use.",
        ("Weakness 1 and how to live with it", "Weakness 2 and how to live with it"),
    ),
    Section(
        "What else to consider",
        "Two or three alternatives, each with the reason to prefer it.",
        ("Cheaper alternative", "Better alternative"),
    ),
)
CASE_STUDY = (
    Section(
        "In brief",
        "Situation, what was done, result in figures: three sentences.",
        ("Starting point", "What changed", "Result, with a number"),
    ),
    Section(
        "The starting point",
        "Who, where, and what did not work.",
        ("The people and their aim", "What had been tried before", "What success was to look like"),
    ),
    Section(
        "What was done",
        "The decisions in order, each with its reason.",
        ("Decision 1 and why", "Decision 2 and why", "What was left out on purpose"),
        "steps",
    ),
    Section(
        "The result",
        "Before and after in figures a reader can check.",
        ("Main figure", "Time spent", "Money spent"),
        "table",
        ("Measure", "Before", "After"),
    ),
    Section(
        "What to take from it",
        "What carries over to other cases, and what does not.",
        ("What we would do again", "What we would do differently"),
    ),
)
NEWS = (
    Section("What happened", "Who, what, when and where in the first paragraph.", ("The facts, with a source",)),
    Section("Why it matters", "What changes for the reader.", ("Who is affected", "From when")),
    Section("Background", "What a newcomer needs to know to follow.", ("What led to it", "What was known before")),
    Section(
        "What comes next",
        "Dates, decisions still open and what to do now.",
        ("Next date or decision", "What the reader can do today"),
    ),
)
LANDING = (
    Section(
        "The promise",
        "One sentence on what the visitor gets, and the action to take.",
        ("Headline: the result, not the feature", "One action, named by its verb"),
    ),
    Section(
        "What you get",
        "Three benefits, each with the fact behind it.",
        ("Benefit 1 and its proof", "Benefit 2 and its proof", "Benefit 3 and its proof"),
    ),
    Section(
        "How it works",
        "Three steps from the first contact to the result.",
        ("What the visitor does first", "What we do then", "What they have at the end"),
        "steps",
    ),
    Section(
        "Prices and options",
        "Enough to decide without asking.",
        ("Basic", "Standard", "Complete"),
        "table",
        ("Option", "Included", "Price"),
    ),
    Section(
        "Why people trust us",
        "Evidence instead of adjectives.",
        ("A quotation with name and place", "A number that can be checked", "A guarantee or certificate"),
    ),
)
ABOUT = (
    Section("Who we are", "The people and what they do, in plain words.", ("Who, where, since when", "For whom")),
    Section("What we stand for", "Two or three principles, each with an example.", ("Principle and example",)),
    Section("How we work", "What it is like to work with us.", ("From the first contact to the result",), "steps"),
    Section("Get in touch", "How, when, and what happens then.", ("Ways to reach us", "How soon we answer")),
)
PRODUCT = (
    Section(
        "What it is for",
        "The use and the result, before any specification.",
        ("Main use in one sentence", "Who it is made for"),
    ),
    Section(
        "Features that matter",
        "Feature, what it does, why it helps.",
        ("Feature 1 and its benefit", "Feature 2 and its benefit", "Feature 3 and its benefit"),
    ),
    Section(
        "Specifications",
        "Complete, with units.",
        ("Dimensions", "Material", "Compatibility", "In the box"),
        "table",
        ("Specification", "Value"),
    ),
    Section("Delivery, returns and warranty", "What buyers ask last.", ("Delivery time", "Returns", "Warranty")),
)
ARCHIVE = (
    Section(
        "What you find here",
        "Introduce the collection in one paragraph that uses {k} naturally.",
        ("What belongs here", "How it is ordered"),
    ),
    Section(
        "Where to begin",
        "Lead newcomers to three entries.",
        ("For beginners", "For those who want to compare", "For those ready to decide"),
    ),
    Section("Related topics", "Link to the neighbouring collections.", ("Neighbouring topic and its link",)),
)

OUTLINES: dict[str, tuple[Section, ...]] = {
    "Guide": GUIDE,
    "Tutorial": TUTORIAL,
    "Listicle": LISTICLE,
    "Comparison": COMPARISON,
    "Review": REVIEW,
    "Case Study": CASE_STUDY,
    "News": NEWS,
    "Landing Page": LANDING,
    "Service Page": LANDING,
    "About Page": ABOUT,
    "Product Page": PRODUCT,
    "Archive Page": ARCHIVE,
}
FAQ = Section("Frequently asked questions", _FAQ_BRIEF, ())
