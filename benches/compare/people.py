"""Makes a repository of agent files: valid, about 1.8 KB each, and the same bytes for the same arguments."""

import random
from pathlib import Path

CONFIG = """\
crm:
  rate: 100000/1s
  link_fields: {agent: "11", pf_user: "12", pf_profile: "13", memory: "14"}
property_finder:
  rate: 100000/1s
  licence: brn
limits:
  create: {count: 100000}
  update: {count: 100000}
  deactivate: {count: 100000}
  activate: {count: 100000}
"""

FIRST = "Sara Omar Lina Yousef Priya Dmitri Maria Wei Aisha Karim Elena Tariq Noor Anil Fatima Ivan Hana Rami Layla Peter".split()
LAST = "Khan Haddad Saad Mansoori Menon Volkov Santos Chen Rahman Farouk Petrova Aziz Qureshi Sharma Nasser Novak".split()
AREAS = [
    "Dubai Marina", "Palm Jumeirah", "Business Bay", "Jumeirah Village Circle", "Arabian Ranches", "Downtown Dubai",
    "Al Reem Island", "Saadiyat Island", "Dubai Hills Estate", "Jumeirah Lakes Towers", "Al Barsha", "Mirdif",
]
AREAS_AR = ["دبي مارينا", "نخلة جميرا", "الخليج التجاري", "المرابع العربية", "وسط مدينة دبي", "جزيرة الريم", "جزيرة السعديات", "البرشاء"]
POSITIONS = [("Sales Consultant", "مستشار مبيعات"), ("Senior Sales Consultant", "مستشار مبيعات أول"),
             ("Leasing Consultant", "مستشار تأجير"), ("Investment Adviser", "مستشار استثمار")]
LANGUAGES = ["en", "ar", "ur", "hi", "ru", "fr", "es", "zh", "de", "fa"]
COUNTRIES = ["AE", "PK", "IN", "EG", "LB", "RU", "PH", "CN", "GB", "FR"]
SENTENCES = [
    "Knows every tower in {0} by the view from its lifts, and says so when a price is wrong.",
    "Helps families move from {0} to {1} without a week in a hotel between two leases.",
    "Has sold {2} homes since {3}, most of them to people who came back for a second one.",
    "Answers on the day of the call, also on a Friday, and puts every number into writing.",
    "Works with two banks and a valuer, so that an offer in {1} is firm before it is made.",
    "Walks through each flat with the buyer and the snagging list before the keys change hands.",
    "Lets furnished apartments in {0} by the month, and whole floors in {1} by the year.",
]
SENTENCES_AR = [
    "يعرف كل برج في {0} ويقول الحقيقة عن السعر.",
    "يساعد العائلات على الانتقال من {0} إلى {1} بلا تأخير.",
    "يرد على الاتصالات في اليوم نفسه ويكتب كل رقم.",
    "يعمل مع بنكين ومقيّم عقاري ليكون العرض في {1} جاهزاً.",
]
AGENT = """\
# yaml-language-server: $schema=../schema/agent.schema.json
status: active
role: agent
public:
  first_name: {first}
  last_name: {last}
  email: {slug}@brokerage.example
  phone: "+97150{number:07}"
  phone_secondary: "+9714{landline:07}"
  whatsapp_phone: "+97150{number:07}"
  photo: https://cdn.brokerage.example/agents/{slug}.jpg
  licence: "{licence}"
  licence_expired_at: "2045-{month:02}-{day:02}"
  position: {{en: {position}, ar: {position_ar}}}
  experience_since: {since}
  languages: [{languages}]
  nationalities: [{nationalities}]
  linked_in: https://www.linkedin.com/in/{slug}
  descriptions:
    - lang: en
      content: >-
        {text}
    - lang: ar
      content: >-
        {text_ar}
private:
  first_name: {first}
  last_name: {last}
  email: {slug}@login.example
  mobile: "+97155{number:07}"
  landline: "+9714{landline:07}"
  landline_extension: "{extension}"
  lang: en
  licence: "{licence}"
  use_email_signature: true
  email_signature: |
    {first} {last} | Brokerage
    {position}, {area}
theme: onyx
subscriptions:
  type.property.created.and.assigned: {{receive_notification: true, receive_email: false, receive_sms: false}}
fields: {{"1": "{area}", "3": true}}
"""


def agent(number):
    """The slug and the text of one agent's file."""
    chance = random.Random(number * 7919 + 12)
    first, last = chance.choice(FIRST), chance.choice(LAST)
    position, position_ar = chance.choice(POSITIONS)
    areas, areas_ar = chance.sample(AREAS, 2), chance.sample(AREAS_AR, 2)
    since = chance.randint(2001, 2024)
    facts = [*areas, chance.randint(20, 900), since]
    slug = f"{first}-{last}-{number:05}".lower()
    text = AGENT.format(
        slug=slug, first=first, last=last, number=1_000_000 + number, landline=3_000_000 + number,
        licence=40_000 + number, month=chance.randint(1, 12), day=chance.randint(1, 28),
        position=position, position_ar=position_ar, since=since, area=areas[0], extension=chance.randint(100, 999),
        languages=", ".join(chance.sample(LANGUAGES, chance.randint(2, 4))),
        nationalities=", ".join(chance.sample(COUNTRIES, chance.randint(1, 2))),
        text=f"{first} {last}, licence {40_000 + number}. " + " ".join(chance.sample(SENTENCES, 4)).format(*facts),
        text_ar=f"رقم الترخيص {40_000 + number}. " + " ".join(chance.sample(SENTENCES_AR, 2)).format(*areas_ar),
    )
    return slug, text


def repository(folder, count, bad=0):
    """Writes the files of `count` agents, the first `bad` of them with an e-mail address that is none."""
    agents = Path(folder) / "agents"
    agents.mkdir(parents=True, exist_ok=True)
    Path(folder, "roster.yaml").write_text(CONFIG, encoding="utf-8")
    for number in range(count):
        slug, text = agent(number)
        if number < bad:
            text = text.replace(f"{slug}@login.example", f"{slug}.login.example")
        (agents / f"{slug}.yaml").write_text(text, encoding="utf-8")
    return Path(folder)
