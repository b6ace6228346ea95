"""The phrases and marks of pages that stand where a release should: errors, firewalls, log-ins, walls. Data only.

Two kinds of headings. A *plain* one says by itself what it is ("Sidan kan inte hittas"). A *slight* one ("404",
"Underhåll", "Cookies") might be a release's, and needs a sentence of the text beside it. All are matched against a
whole title part or heading, whatever its case, never as a piece of one: "Ny lag om blockerade webbplatser" is none.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why an answer is not the release that was asked for."""

    NOT_FOUND = "not-found"  #: 404
    GONE = "gone"  #: 410
    BLOCKED = "blocked"  #: a firewall refused us
    CHALLENGE = "challenge"  #: a firewall wants a browser or a person
    MAINTENANCE = "maintenance"
    SERVER_ERROR = "server-error"  #: 5xx, or a page that says as much
    RATE_LIMITED = "rate-limited"  #: 429
    SOFT_404 = "soft-404"  #: "not found", said with status 200: a fault, never evidence of a removal
    LOGIN = "login"
    CONSENT = "consent"
    EMPTY = "empty"
    WRONG_LANGUAGE = "wrong-language"
    NOT_HTML = "not-html"
    CLIENT_ERROR = "client-error"  #: 4xx besides those named
    REDIRECTED_HOME = "redirected-home"
    NO_ANSWER = "no-answer"  #: nothing was received: the fetch says why


_PAGE = (
    r"(?:(?:web|internet)?(?:sida|sidan|sidor|side|siden|dokument(?:et)?|adress(?:en)?|länk(?:en)?|page|url|site|document|file"
    r"|address|resource|article|content|seite|webseite|dokument|sivu|sivua|adresse|la page|die seite|inneh[åa]ll(?:et)?)"
    r"|file or directory)"
)
_ASKED = r"(?: (?:du|som du|ni|you|that you|you['’]re|sie|jota|que vous)? ?[\w'’ ]{0,40}?)?"

PLAIN: dict[Reason, tuple[str, ...]] = {
    Reason.SOFT_404: (
        r"vi (?:hittar|hittade|finner|fant|finder|fandt) (?:tyvärr |dessverre |desværre )?(?:inte|ikke) (?:sidan|siden|innehållet|det)(?: (?:du|som du|ni) .{1,40})?",
        r"(?:det )?(?:går|gick) (?:tyvärr )?inte att (?:hitta|visa) (?:sidan|innehållet)(?: .{1,40})?",
        r"hittades inte sidan",
        r"(?:fant|finner|fandt|finder) ikke siden",
        r"(?:denna |den här |den )?(?:webb)?(?:sida|sidan|innehållet|page|content|side|siden|innholdet|indholdet) (?:är|is|er) (?:tyvärr |tillfälligt |för närvarande |currently |temporarily |dessverre |desværre |ikke |inte |not )*(?:tillgänglig|otillgänglig|available|unavailable|tilgjengelig|tilgængelig)t?",
        r"(?:this |the )?(?:page|content) (?:is not|isn['’]t) available",
        # sv, nb, da
        (
            rf"(?:oj|hoppsan|tyvärr|ojd[åa]|ups|beklager|beklagar)?[,!.]* ?(?:den |denna |det )?{_PAGE}{_ASKED} "
            r"(?:kan(?: tyvärr)? inte|kunde(?: tyvärr)? inte|går inte att|gick inte att|kunne ikke|kan ikke|kunne desværre ikke) "
            r"(?:hittas|hitta|finnas|visas|bli funnet|blive fundet|findes|finnes|findes|vises)(?: just nu)?"
        ),
        rf"(?:den |denna |det )?{_PAGE}{_ASKED} (?:finns|findes|finnes|eksisterer|existerar)(?: tyvärr| desværre| dessverre)? (?:inte|ikke)(?: (?:längre|lenger|længere|mer))?",
        rf"(?:vi )?(?:kan|kunde|kunne) (?:tyvärr |desværre |dessverre )?(?:inte|ikke) (?:hitta|finna|finne|finde) {_PAGE}.{{0,40}}",
        rf"{_PAGE}{_ASKED} (?:(?:hittades|finnes|blev|ble) (?:inte|ikke)|(?:ble|blev) ikke (?:funnet|fundet))",
        r"(?:sidan|siden) (?:saknas|mangler|är borttagen|har tagits bort|er fjernet|er slettet|har flyttats eller tagits bort)",
        r"(?:ingen|inga) (?:sida|sidor) (?:hittades|funnen)",
        r"sidan? ej funnen",
        r"hittar inte sidan",
        # en
        (
            rf"(?:oops|sorry|whoops|we['’]re sorry)?[,!.…]* ?(?:the |that |this )?(?:requested )?{_PAGE}{_ASKED} "
            r"(?:(?:can(?:no|['’])t|can not|could ?n['’]?o?t|was ?n['’]?o?t|could not|was not|is not|not) (?:be )?(?:found|available|exist)|does(?: not|n['’]t) exist|not found|no longer exists|no longer available)"
        ),
        r"(?:http )?(?:error )?404[ :–—-]*(?:error|page)? ?(?:not found|[–-] (?:file or directory|page) not found|file or directory not found|nicht gefunden|hittades inte|ei löydy)",
        r"(?:we|sorry, we) (?:can['’]?t|cannot|could ?n['’]?o?t) find (?:that|the|this|your) page.{0,40}",
        # fi, de, fr
        r"(?:hups|valitettavasti)?[,!]* ?(?:etsimääsi |hakemaasi |pyydettyä )?siv(?:ua|u)(?: ei|a ei)? ?(?:ei )?(?:löydy|löytynyt|voitu löytää|ole olemassa|ole enää olemassa)",
        r"(?:die |diese )?(?:angeforderte |gewünschte |gesuchte )?(?:web)?seite (?:wurde |konnte |ist )?(?:leider )?nicht (?:gefunden|vorhanden|verfügbar|mehr verfügbar)(?: werden)?",
        r"(?:oups|désolé)?[,! ]*(?:la |cette )?page (?:demandée |recherchée |que vous [\w ]{1,40} )?(?:(?:est )?(?:introuvable|non trouvée|inexistante)|n['’]a pas été trouvée|n['’]existe (?:pas|plus))",
    ),
    Reason.SERVER_ERROR: (
        r"(?:vi har )?(?:för tillfället|för närvarande|just nu)? ?tekniska? (?:fel|problem)",
        r"internt serverfel",
        r"här blev det fel",
        r"der er sket en fejl",
        r"det har oppstått en feil",
        r"(?:looks like )?something (?:went|has gone) wrong",
        r"(?:application|database|system) error",
        r"error establishing a database connection",
        r"bad request",
        r"(?:hoppsan|oj|ojd[åa]|oops|whoops)?[,!.…]* ?(?:något|nå?t) (?:har gått|gick|blev) (?:snett|fel)",
        r"(?:hups|oops|beklager|beklagar)?[,!.…]* ?(?:noe|noget) (?:gikk|gik) galt",
        r"(?:oops|sorry|whoops|uh[- ]oh)?[,!.…]* ?something (?:went|has gone) wrong",
        r"(?:ett |et )?(?:oväntat |internt |tekniskt |teknisk |uventet )?(?:server)?fe(?:l|jl|il)(?: har)? (?:inträffade|inträffat|uppstod|uppstått|er oppstått|er opstået|oppstod|opstod)(?: på servern)?",
        r"(?:vi har |vi upplever )?tekniska? (?:fel|problem|störning(?:ar)?)(?: just nu)?",
        r"(?:vi har )?teknisk(?:e)? (?:feil|fejl|problemer)",
        r"(?:an )?(?:unexpected |internal |application |unhandled )?(?:server )?error (?:has )?occurred",
        r"(?:http )?(?:error )?(?:5\d\d[ :–—-]*)?(?:internal server error|server error|bad gateway|gateway time-?out|service (?:temporarily )?unavailable|web server is down|origin is unreachable|connection timed out)(?: in .{1,40})?",
        r"(?:the )?service is (?:currently |temporarily )?unavailable",
        r"tjänsten är (?:för närvarande |tillfälligt )?(?:inte tillgänglig|otillgänglig|ur funktion)",
        r"(?:.{1,60} is )?(?:currently )?experiencing technical difficulties",
        r"runtime error",
        r"server error in .{1,40} application",
        r"(?:es ist )?ein (?:unerwarteter |interner |technischer )?fehler (?:ist )?aufgetreten",
        r"interner serverfehler",
        r"dienst nicht verfügbar",
        r"une erreur (?:est survenue|s['’]est produite)",
        r"erreur interne(?: du serveur)?",
        r"(?:tapahtui )?(?:odottamaton |tekninen )?virhe(?: tapahtui)?",
        r"jotain meni (?:pieleen|vikaan)",
        r"palvelu ei ole (?:tällä hetkellä )?käytettävissä",
    ),
    Reason.MAINTENANCE: (
        r"(?:webbplatsen|webben|sajten|tjänsten|systemet) (?:är )?(?:tillfälligt |just nu |för närvarande )?(?:stängd|nere|otillgänglig|ur drift)(?: (?:för|på grund av|under) .{1,40})?",
        r"(?:webb)?(?:sidan|platsen) uppdateras(?: just nu)?",
        r"(?:site )?under construction",
        r"we are (?:currently )?(?:performing|carrying out) .{0,20}maintenance",
        r"(?:(?:webbplatsen|webben|sajten|sidan|tjänsten|systemet|\S{1,40}) (?:är|ligger) )?(?:stängd|nere|ur drift|otillgänglig) (?:för|på grund av|under) (?:\w+ )?(?:underhåll|uppdatering|service)(?:sarbete)?",
        r"(?:planerat |pågående |tekniskt )underhåll(?:sarbete)?(?: pågår)?",
        r"underhåll(?:sarbete)? pågår",
        r"vi (?:arbetar med|uppdaterar|uppgraderar|underhåller|utför underhåll på|jobbar på|bygger om) (?:just nu )?(?:webbplatsen|webben|sajten|sidan|tjänsten|systemet|våra system|ett problem|att lösa .{1,40}|att åtgärda .{1,40})(?: just nu)?",
        r"(?:webbplatsen|sajten|sidan|tjänsten) är (?:tillfälligt|för närvarande|just nu) (?:stängd|nere|otillgänglig|ur drift)",
        r"vi är (?:snart|strax) tillbaka",
        r"(?:siden|nettstedet|hjemmesiden|webstedet) er (?:nede|stengt|lukket) for vedlikehold|vedligeholdelse",
        r"(?:planlagt |planlagd )(?:vedlikehold|vedligeholdelse)",
        r"(?:we (?:are|['’]re)|(?:this |the |our )?(?:web)?site(?: is)?|\S{1,40} is)?[ ]?(?:currently |temporarily )?(?:down|offline|undergoing|under|closed|unavailable)(?: for| due to)? (?:\w+ )?maintenance.{0,30}",
        r"(?:scheduled|planned|site|system) maintenance",
        r"we['’]?(?:ll| will) be (?:right )?back(?: soon| shortly)?[.!]?",
        r"temporarily (?:unavailable|closed|offline|down)",
        r"wartungsarbeiten",
        r"(?:die |diese )?(?:web)?seite (?:wird gewartet|befindet sich im wartungsmodus|ist vorübergehend nicht verfügbar)",
        r"(?:site )?en (?:cours de )?maintenance",
        r"huoltokatko(?: käynnissä)?",
        r"sivusto on huollossa",
    ),
    Reason.BLOCKED: (
        r"(?:åtkomst|tillträde|tillgång) nekas",
        r"du (?:har inte|saknar) behörighet(?: att .{1,40}| till .{1,40})?",
        r"behörighet saknas",
        r"ingen (?:tilgang|adgang)",
        r"request denied",
        r"(?:trafiken|anslutningen|begäran) har (?:stoppats|blockerats|nekats)",
        r"(?:ovanlig|misstänkt) trafik(?: .{1,40})?",
        r"(?:sorry, )?you have been blocked",
        r"you are unable to access .{1,80}",
        r"you (?:do not|don['’]t) have permission to (?:access|view) .{0,80}",
        r"attention required!?",
        r"access (?:to this (?:page|site|resource|website) )?(?:has been |is |was )?(?:temporarily )?(?:denied|blocked|restricted|forbidden)",
        r"(?:http )?(?:error )?403[ :–—.-]*(?:error|forbidden|access denied|förbjudet|åtkomst nekad)[ :–—-]*(?:forbidden|access (?:is )?denied)?.{0,30}",
        r"(?:din )?(?:åtkomst|tillgång|begäran|förfrågan|anslutning|tilgang|adgang)(?:en)? (?:till .{1,60} )?(?:har )?(?:är )?(?:nekad|nekades|nekats|blockerad|blockerats|blockerades|nektet|nægtet|avvisad|avvisades|spärrad|stoppad)(?:es)?.{0,30}",
        r"du har (?:blivit )?(?:blockerats|blockerad|spärrad|spärrats|blitt blokkert|blevet blokeret)",
        r"(?:din )?ip-adress(?:en)? (?:är|har) (?:blockerad|blockerats|spärrad|spärrats)",
        r"(?:your |the )?(?:request|ip(?: address)?|access|connection) (?:has been |was |is |could not be )(?:blocked|rejected|denied|banned|refused)(?: by .{1,60})?",
        r"request (?:blocked|rejected|unsuccessful)",
        r"error: the request could not be satisfied",
        r"the request could not be satisfied",
        r"the requested url was rejected.{0,60}",
        r"web ?(?:page|site) (?:has been )?blocked!?",
        r"(?:.{0,40} )?(?:web|dns|url|content)[ -]filter(?:ing)?(?: service)?(?: portal)?",
        r"(?:.{1,40}[ :]+)?(?:sucuri )?website firewall.{0,40}",
        r"request access",
        r"zugriff (?:verweigert|gesperrt|nicht erlaubt)",
        r"zugang verweigert",
        r"accès (?:refusé|interdit|bloqué)",
        r"pääsy (?:estetty|evätty|kielletty)",
        r"not acceptable!?",
        r"unusual traffic.{0,60}",
    ),
    Reason.CHALLENGE: (
        r"(?:vi )?kontrollerar (?:din (?:webbläsare|anslutning|begäran)|att (?:du|din) (?:är|inte)|säkerheten i din).{0,60}",
        r"one more step",
        r"client challenge",
        r".{0,20} ?security checkpoint",
        r"just a moment(?:\.\.\.|…)?",
        r"ett ögonblick(?:\.\.\.|…)",
        r"vänta (?:ett ögonblick|lite)(?:\.\.\.|…)?",
        r"et øjeblik(?:\.\.\.|…)",
        r"et øyeblikk(?:\.\.\.|…)",
        r"(?:einen|nur einen) moment(?:,? bitte)?(?:\.\.\.|…)",
        r"un instant(?:\.\.\.|…)",
        r"(?:please )?wait(?:\.\.\.|…)",
        r"(?:we(?: are|['’]re) )?checking (?:your|if the site|the site) .{1,60}",
        r"(?:human|bot|browser|robot) (?:verification|check)",
        r"verif(?:y|ying) (?:that )?you are (?:a )?(?:human|not a robot).{0,40}",
        r"are you (?:a )?(?:human|robot)\??",
        r"making sure you['’]re not a bot!?",
        r"pardon our interruption.{0,10}",
        r"ddos[- ]?protection.{0,60}",
        r"ddos-guard",
        r"one moment,? please(?:\.\.\.|…)?",
        r"vi (?:måste |behöver )?kontrollera(?:r)? (?:att du|din) .{1,60}",
        r"(?:bekräfta|verifiera) att du (?:är en människa|inte är en robot).{0,40}",
        r"är du en (?:människa|robot)\??",
        r"säkerhetskontroll(?: pågår)?",
        r"performing security verification",
        r"(?:please )?enable (?:javascript|cookies)(?: and cookies)? to continue.{0,40}",
        r"(?:security|captcha) (?:check|challenge|verification)(?: required)?",
        r"sicherheits(?:über)?prüfung",
        r"captcha",
    ),
    Reason.RATE_LIMITED: (
        r"(?:http )?(?:error )?(?:429[ :–—-]*)?too many requests.{0,20}",
        r"rate limit(?:ed)?(?: exceeded)?",
        r"för många (?:förfrågningar|anrop|försök)",
        r"for mange (?:forespørsler|forespørgsler)",
    ),
    Reason.LOGIN: (
        r"(?:please|vänligen) (?:log|sign|logga) ?in",
        r"(?:vänligen |du måste )?logga in (?:för att .{1,60}|på .{1,60}|med .{1,40}|igen)",
        r"inloggning(?: krävs| till .{1,40})?",
        r"du (?:är inte inloggad|har loggats ut|måste (?:vara inloggad|logga in).{0,40})",
        r"(?:please )?(?:sign|log) ?in (?:to|with|required|with your) ?.{0,60}",
        r"(?:log ?in|sign[- ]in|authentication|authorization) required",
        r"(?:you (?:must|need to) )(?:be logged|log|sign) in.{0,40}",
        r"(?:http )?(?:error )?401[ :–—-]*(?:unauthorized)?",
        r"unauthorized(?: access)?",
        r"session (?:has )?(?:expired|timed out)",
        r"(?:din )?sessionen? har (?:gått ut|upphört)",
        r"(?:bitte )?(?:melden sie sich an|anmeldung erforderlich)",
        r"logg inn (?:for å|med) .{1,40}",
        r"log ind (?:for at|med) .{1,40}",
        r"kirjaudu sisään .{0,40}",
        r"connexion requise",
    ),
    Reason.CONSENT: (
        r"hantera (?:cookies|kakor)",
        r"your privacy",
        r"before you continue(?: to .{1,40})?",
        r"innan du fortsätter(?: till .{1,40})?",
        r"f[øo]r du fort(?:setter|sætter).{0,40}",
        r"bevor sie fortfahren.{0,40}",
        r"avant d['’]accéder .{0,60}",
        r"(?:vi (?:värnar|bryr oss) om|om) (?:din|er) (?:personliga )?integritet",
        r"(?:we|your) (?:value|care about) (?:your )?privacy",
        r"your privacy (?:choices|matters|is important to us)",
        r"vi (?:använder|behöver din tillåtelse för|bruger|bruker) (?:cookies|kakor|informasjonskapsler)(?: .{1,60})?",
        r"(?:this (?:web)?site|we) uses? cookies.{0,60}",
        r"(?:den här|denna) (?:webbplatsen|webbplats|sajten) använder (?:cookies|kakor).{0,40}",
        r"godkänn (?:cookies|kakor|vår.{1,40})(?: för att .{1,40})?",
        r"accept (?:all )?cookies(?: to continue)?",
        r"(?:cookie|kak)[- ]?(?:samtycke|consent|wall)",
        r"samtycke till (?:cookies|kakor)",
        r"wir verwenden cookies.{0,40}",
        r"nous utilisons des cookies.{0,40}",
        r"ihre privatsphäre.{0,40}",
        r"käytämme evästeitä.{0,40}",
    ),
}

SLIGHT: dict[Reason, tuple[str, ...]] = {
    Reason.SOFT_404: (
        r"(?:http |fel |error |felkod |fehler |erreur |virhe )?(?:kod |code )?404[.!]?",
        r"not found",
        r"hittades inte",
        r"sidan? saknas",
        r"page missing",
        r"nicht gefunden",
        r"ikke fun[dn]et",
        r"ei löydy",
        r"introuvable",
    ),
    Reason.SERVER_ERROR: (
        r"teknisk(?:t|e)? (?:fel|feil|fejl)",
        r"(?:http )?(?:fel|error|ett fel|felmeddelande|feil|fejl|fehler|erreur|virhe|oops|hoppsan|ojd[åa]|oj|tyvärr|sorry)[.!…]{0,3}",
        r"(?:http )?(?:fel|error)? ?5\d\d",
        r"driftstörning(?:ar)?",
        r"driftinformation",
        r"technical difficulties",
    ),
    Reason.MAINTENANCE: (
        r"underhåll(?:sarbete)?",
        r"(?:server|drift|service|system)?underhåll",
        r"maintenance(?: mode)?",
        r"vedlikehold",
        r"vedligeholdelse",
        r"wartung",
        r"huolto",
        r"(?:drift|service)stopp",
        r"driftsstans",
        r"service(?:fönster)?",
    ),
    Reason.BLOCKED: (
        r"blockerad",
        r"blocked",
        r"forbidden",
        r"förbjudet",
        r"nekad",
        r"gesperrt",
        r"verboten",
        r"interdit",
        r"estetty",
        r"(?:http )?(?:error |fel )?40[36]",
        r"spärrad",
        r"säkerhet",
        r"security",
        r"firewall",
        r"brandvägg",
    ),
    Reason.CHALLENGE: (
        r"vänta",
        r"please wait",
        r"redirecting(?:\.\.\.|…)?",
        r"loading(?:\.\.\.|…)?",
        r"laddar(?:\.\.\.|…)?",
        r"robot",
        r"kontroll",
        r"verification",
        r"challenge",
    ),
    Reason.RATE_LIMITED: (r"(?:http )?(?:error )?429",),
    Reason.LOGIN: (
        r"logga in",
        r"log ?in",
        r"sign[- ]?in",
        r"anmelden",
        r"anmeldung",
        r"logg inn",
        r"log ind",
        r"kirjaudu(?: sisään)?",
        r"connexion",
        r"se connecter",
        r"single sign[- ]?on",
        r"autentisering",
        r"authentication",
    ),
    Reason.CONSENT: (
        r"cookies?",
        r"kakor",
        r"om (?:cookies|kakor)",
        r"cookie(?:s|policy|[- ]inställningar|[- ]settings)",
        r"samtycke",
        r"consent",
        r"privacy",
        r"integritet",
        r"personvern",
        r"evästeet",
        r"datenschutz",
    ),
}

#: Sentences that such pages hold, and by which a slight heading is believed.
SENTENCES: dict[Reason, str] = {
    Reason.SOFT_404: (
        r"(?:sida|sidan|siden|adressen|länken|dokumentet)[^.]{0,60}(?:kan(?: tyvärr)? inte (?:hittas|visas)|(?:kunde|gick)(?: tyvärr)? inte (?:att )?(?:hittas?|visas)|finns(?: tyvärr)? inte|inte längre finns|har (?:flyttats|tagits bort)|ikke (?:funnet|fundet|findes|finnes)|kunne ikke)"
        r"|(?:hittar|hittade|hitta) inte (?:sidan|den sida|det du)|(?:page|url|resource|file|document)[^.]{0,60}(?:not (?:be )?found|does not exist|doesn['’]t exist|cannot be found|can['’]t be found|no longer (?:exists|available)|has been removed|might have been)"
        r"|sivua?[^.]{0,30}ei löyd?y|seite[^.]{0,60}nicht (?:gefunden|mehr verfügbar|existiert)|page[^.]{0,60}(?:introuvable|n['’]existe (?:pas|plus))"
        r"|(?:använd|prova|använda) (?:sök|menyn)|gå till startsidan|back to (?:the )?home ?page"
    ),
    Reason.SERVER_ERROR: (
        r"(?:something|något|noe|noget)[^.]{0,12}(?:went wrong|gick fel|gått fel|gick snett|gikk galt|gik galt)|(?:service|tjänsten)[^.]{0,30}(?:unavailable|otillgänglig|inte tillgänglig)"
        r"|(?:fel|error|fejl|feil|fehler|erreur)[^.]{0,30}(?:inträffa|uppst|occurred|opst|oppst|aufgetreten|survenue|produite)|internal server error|bad gateway|gateway time-?out"
        r"|(?:försök|try|prøv|versuchen|réessayer|yritä)[^.]{0,25}(?:igen|again|later|senare|igjen|senere|erneut|später|plus tard|uudelleen|myöhemmin)|connection to (?:the )?(?:server|database)"
    ),
    Reason.MAINTENANCE: (
        r"(?:webbplats|webb|sajt|sida|tjänst|system)\w*[^.]{0,60}(?:underhåll|stängd|nere|otillgänglig|uppdater|uppgrader|arbet)|underhåll(?:sarbete)? (?:pågår|på webbplatsen)|(?:strax|snart) tillbaka"
        r"|(?:site|service|system|we)\b[^.]{0,60}(?:maintenance|upgrad)|be back (?:soon|shortly)|(?:försök|try|prøv)[^.]{0,25}(?:igen|again|later|senare|igjen)|(?:siden|nettstedet|hjemmesiden)[^.]{0,60}(?:vedlikehold|vedligeholdelse)"
        r"|wartungsarbeiten|vorübergehend nicht|huoltokat|en maintenance|vi arbetar med (?:att|ett|webb)"
    ),
    Reason.BLOCKED: (
        r"(?:you|your (?:ip|request|access))[^.]{0,60}(?:blocked|denied|permission|rejected|banned)|(?:du|din|ditt|er)\b[^.]{0,60}(?:blockera|nekad|nekats|behörighet|spärra|åtkomst|nektet|nægtet|tilgang|adgang)|access (?:is |was )?(?:denied|forbidden)|forbidden"
        r"|(?:reference|support|incident|ray) ?(?:id|number|nr)?\s*[:#]|zugriff|accès|pääsy|administrator|cloudflare|akamai|incapsula|firewall|brandvägg"
    ),
    Reason.CHALLENGE: (
        r"(?:enable|aktivera|slå på|activate|aktivieren|activer|activez)[^.]{0,30}(?:java ?script|cookies|kakor)|java ?script (?:is|är|måste|must|krävs)[^.]{0,40}|(?:not a|inte (?:är )?en) (?:ro)?bot|(?:människa|human)\b|captcha|checking your browser|verify|verifiera|webbläsare|browser"
    ),
    Reason.RATE_LIMITED: r"too many|för många|requests|rate limit|förfrågningar",
    Reason.LOGIN: r"(?:password|lösenord|passord|adgangskode|passwort|kennwort|mot de passe|salasana|bank-?id|användarnamn|username|e-?legitimation|freja)",
    Reason.CONSENT: (
        r"(?:accept|godkänn|tillåt|acceptera|allow|agree|samtyck|reject|avvisa|neka|godta|tillad|akzeptier|zustimm|hyväksy|accepter)[^.]{0,40}(?:all|cookies?|kakor|nödvändiga|necessary|villkor|terms|evästeet)|(?:manage|hantera)[^.]{0,20}(?:cookies|kakor|inställningar|preferences|choices)"
    ),
}

#: Sentences that are enough by themselves where a page holds hardly anything else.
TELLING: dict[Reason, str] = {
    Reason.SOFT_404: r"(?:sidan|siden|sida|page|sivua?|seite)\b[^.]{0,60}(?:kan(?: tyvärr)? inte hittas|kunde(?: tyvärr)? inte hittas|finns(?: tyvärr)? inte|not (?:be )?found|does not exist|ikke (?:funnet|fundet|findes)|ei löydy|nicht gefunden|introuvable)|requested url[^.]{0,80}not found on this server",
    Reason.SERVER_ERROR: r"the service is unavailable|service (?:temporarily )?unavailable|(?:ett|et) (?:tekniskt|internt|oväntat) fel|tjänsten är (?:för närvarande|tillfälligt|inte)|internal server error|bad gateway|gateway time-?out|error establishing a database connection|no healthy upstream|upstream connect error|unhandled exception|an error occurred while processing your request|något (?:gick|har gått) fel|something went wrong|backend fetch failed|guru meditation",
    Reason.MAINTENANCE: r"(?:webbplatsen|sajten|tjänsten) (?:är|ligger)[^.]{0,30}(?:stängd|nere|otillgänglig)|(?:down|closed|offline|unavailable) for (?:\w+ )?maintenance|under maintenance|underhåll(?:sarbete)? (?:pågår|av webbplatsen)|(?:strax|snart) tillbaka|be back (?:soon|shortly)",
    Reason.BLOCKED: r"you don['’]t have permission to access|have been blocked|access denied|access forbidden|request (?:was )?blocked|requested url was rejected|incapsula incident|support id is|request blacklist|åtkomst nekad|begäran (?:har )?(?:blockera|neka)|reference ?#\d+\.[0-9a-f]+",
    Reason.CHALLENGE: r"enable java ?script and cookies to continue|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|(?:you are|inte (?:är )?en) (?:not a )?robot|needs to review the security of your connection|ddos protection by|aktivera java ?script (?:och|för att)",
    Reason.RATE_LIMITED: r"too many requests|request rate (?:threshold|limit)|rate limit exceeded|för många (?:förfrågningar|anrop)",
    Reason.LOGIN: r"(?:logga in|sign in|log in) (?:för att|to) (?:fortsätta|continue|se|view)|session (?:has )?expired|sessionen har gått ut",
    Reason.CONSENT: r"(?:accept|godkänn|acceptera)[^.]{0,30}(?:cookies|kakor)[^.]{0,40}(?:to continue|för att fortsätta|to proceed)|before you continue|innan du fortsätter",
}

#: Marks that firewalls leave in the source of their own pages, and sites never in theirs.
MARKS: dict[bytes, Reason] = {
    b"_cf_chl_opt": Reason.CHALLENGE,
    b"cf-error-details": Reason.BLOCKED,
    b"awsWafCookieDomainList": Reason.CHALLENGE,
    b"gokuProps": Reason.CHALLENGE,
    b"captcha-delivery.com/": Reason.CHALLENGE,
    b"px-captcha": Reason.CHALLENGE,
    b"sec-if-cpt-container": Reason.CHALLENGE,
    b"anubis_challenge": Reason.CHALLENGE,
    b"/_Incapsula_Resource?SWUDNSAI": Reason.CHALLENGE,
    b"Incapsula incident ID": Reason.BLOCKED,
    b"errors.edgesuite.net": Reason.BLOCKED,
    b"Generated by cloudfront (CloudFront)": Reason.BLOCKED,
    b"sucuri.net/privacy-policy": Reason.BLOCKED,
    b"Please consult with your administrator.<br": Reason.BLOCKED,
}
