"""Words that say nothing by themselves, Swedish and English: left out where words are counted, never where they are sought."""

from __future__ import annotations

#: The function words of the two languages, in lower case.
STOP_WORDS = frozenset(
    """
    alla allt alltså andra att av bara bli blir blev blivit bland både dag de deg dem den denna dennas denne deras dess
    dessa det detta dig din dina ditt du där därför då efter ej eller en enligt er era ert ett fick finns flera fler
    från för får få före genom ges gör göra ha hade han hans har henne hennes hon honom hos hur här i icke in inom inte
    inför innan ju jag kan kom kommer kring kunde kunna man med mellan men mer mera mest mig min mina mitt mot mycket
    många måste ni nu nya när någon något några och också om oss på runt samma samt sedan sig sin sina sitt ska skall
    skulle som så sådan sådana sådant säger sådär till tills tidigare två ut under upp utan utanför vad var vara varför
    varit varje vars vart vem vi vid vidare vilka vilkas vilken vilket vill våra vår vårt än ännu även åt är över

    about above after again against all also am an and any are as at be because been before being below between both
    but by can cannot could did do does doing down during each few for from further had has have having he her here
    hers herself him himself his how however if in into is it its itself just made make may me might more most must my
    myself new no nor not now of off on once one only or other our ours ourselves out over own per said same says shall
    she should since so some such than that the their theirs them themselves then there these they this those through
    to too under until up upon us very was we well were what when where which while who whom whose why will with within
    without would you your yours yourself
    """.split()  # noqa: SIM905
)
