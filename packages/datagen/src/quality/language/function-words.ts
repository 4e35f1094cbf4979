/** ISO 639-1. */
export type LatinLanguage = 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl';

/** The commonest function words of languages in Latin script: what nearly every sentence has and other languages lack. */
export const functionWords: Readonly<Record<LatinLanguage, string>> = {
  en: 'the of and to in is that it for was on are with as be at this have from or by not but what which you they his were when how an will can has their there if do would about who than its then also these your we',
  de: 'der die und das den von zu ist mit sich des dem nicht ein eine auf für auch als es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man ich wenn kann ihre',
  fr: 'de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont la avec son ses mais comme ou si leur y dont elle nous vous cette aux ces été être fait tout même je sa ont peut deux',
  es: 'de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque qué',
  it: 'di e il la che in un per è una non del i le si della da sono con al dei come lo più gli alla ha nel anche ma delle su o dal questo nella se ci essere loro tra cui suo sua ai era degli quando così molto può alle stato due',
  pt: 'de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos são',
  nl: 'de het een van en in is dat op te zijn met voor niet die aan er om ook als dan maar bij of uit nog naar heeft hij ze was door over je worden wordt hebben deze kan geen werd meer dit ik wel hun zo moet al wat we tot',
};
