"""Whether a name is that of a country or an institution, by its words alone.

The model is told this, and nothing else, of the name it does not see: most sentences that name a country say nothing
for or against it, which is not so for people.
"""

import re


def is_body(name: str) -> bool:
    """Whether this names a country, an institution or a group rather than a person.

    >>> [is_body(name) for name in ("Russia", "Russian officials", "the Supreme Court", "NATO", "U.N.", "GOP")]
    [True, True, True, True, True, True]
    >>> [is_body(name) for name in ("Putin", "Russian President Putin", "she", "Justice Kennedy", "J.D. Vance")]
    [False, False, False, False, False]
    """
    bare = re.sub(r"['’]s?$", "", name.strip()).removeprefix("the ").removeprefix("The ")
    words = re.findall(r"[\w.’'&-]+", bare)
    if not words:
        return False
    last = words[-1].lower()
    return bare.lower() in _PLACES or last in _BODIES or last in _PLACES or bool(_ACRONYM.fullmatch(bare))


_ACRONYM = re.compile(r"(?:[A-Z]\.?){2,4}|[A-Z]+&[A-Z]+")

_PLACES = frozenset(
    name.replace("_", " ")
    for line in (
        "afghanistan albania algeria america angola argentina armenia australia austria azerbaijan bahrain",
        "bangladesh belarus belgium bolivia bosnia brazil britain bulgaria burma cambodia cameroon canada chile",
        "china colombia congo costa_rica croatia cuba cyprus czech_republic czechia denmark dominican_republic",
        "ecuador egypt el_salvador england eritrea estonia ethiopia europe finland france gabon gambia gaza georgia",
        "germany ghana great_britain greece guatemala haiti holland honduras hong_kong hungary iceland india",
        "indonesia iran iraq ireland israel italy ivory_coast jamaica japan jordan kazakhstan kenya kosovo kuwait",
        "kyrgyzstan laos latvia lebanon liberia libya lithuania luxembourg macedonia malaysia mali malta mexico",
        "moldova mongolia montenegro morocco mozambique myanmar namibia nepal netherlands new_zealand nicaragua",
        "niger nigeria north_korea norway oman pakistan palestine panama paraguay peru philippines poland portugal",
        "puerto_rico qatar romania russia rwanda saudi_arabia scotland senegal serbia sierra_leone singapore",
        "slovakia slovenia somalia south_africa south_korea south_sudan soviet_union spain sri_lanka sudan sweden",
        "switzerland syria taiwan tajikistan tanzania thailand tibet tunisia turkey turkmenistan uganda ukraine",
        "united_arab_emirates united_kingdom united_states uruguay us usa uzbekistan vatican venezuela vietnam",
        "wales yemen zambia zimbabwe ankara athens baghdad beijing berlin brussels cairo capitol_hill damascus",
        "delhi downing_street havana jerusalem kabul kiev kyiv kremlin london madrid moscow new_delhi ottawa paris",
        "pentagon pyongyang riyadh rome seoul tehran tel_aviv tokyo vienna warsaw washington wall_street",
        "white_house afghan african albanian american arab asian australian austrian belgian brazilian british",
        "bulgarian canadian catalan chechen chilean chinese colombian croatian cuban czech danish dutch egyptian",
        "english european finnish french georgian german greek haitian hungarian indian indonesian iranian iraqi",
        "irish israeli italian japanese jordanian kenyan korean kurdish latvian lebanese libyan lithuanian",
        "malaysian mexican moroccan nigerian north_korean norwegian pakistani palestinian persian polish portuguese",
        "qatari romanian russian saudi scottish serbian somali south_korean soviet spanish sudanese swedish swiss",
        "syrian taiwanese thai tibetan tunisian turkish ukrainian venezuelan vietnamese welsh yemeni",
    )
    for name in line.split()
) | frozenset(
    f"{name}s"
    for name in (
        "afghan african albanian american arab asian australian austrian belgian brazilian bulgarian canadian",
        "chilean colombian croatian cuban czech egyptian european georgian german greek haitian hungarian indian",
        "indonesian iranian iraqi israeli italian jordanian korean kurd latvian libyan lithuanian mexican moroccan",
        "nigerian norwegian pakistani palestinian romanian russian saudi serb somali soviet syrian tunisian turk",
        "ukrainian venezuelan yemeni",
    )
    for name in name.split()
)  # fmt: skip

_BODIES = frozenset(
    word
    for line in (
        "academy administration agency airlines alliance army assembly association authorities authority bank board",
        "brigade brotherhood bureau cabinet campaign caucus center centre chamber church club coalition college",
        "commission committee committees community companies company conference congress conservatives corp",
        "corporation council court courts delegation democrats department dems diplomats division establishment",
        "federation fed firm force forces foundation front fund government governments group groups guard hamas",
        "hezbollah house inc interpol nato opec unesco unicef institute intelligence investigators isis justice",
        "jury lawmakers leadership league liberals lobby media military militants militia ministry movement nation",
        "nations navy network news officials organisation organization party police post press program prosecutors",
        "rebels regime republic republicans school senate senators service services society states syndicate",
        "taliban team times treasury troops union university voters wing administration’s facebook google amazon",
        "apple microsoft twitter boeing exxon fox cnn msnbc planned_parenthood qaeda state democratic republican",
        "gop",
    )
    for word in line.split()
)
