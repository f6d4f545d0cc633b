/// Countries by ISO 3166-1: what alpha-2, alpha-3 and the usual English names mean.
///
/// Names of other languages are not known, so that nothing is guessed.
enum CountryTable {
    /// Lower-case alpha-2; nil when nothing is called so. `letters` is lower-case and holds letters alone.
    static func code(of letters: String) -> String? { codes[letters] }

    private static let codes: [String: String] = {
        var codes: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            let names = line.split(separator: " ").map(String.init)
            for name in names { codes[name] = names[0] }
        }
        return codes
    }()

    /// One country a line: alpha-2, alpha-3, names without spaces.
    private static let lines = """
        ad and andorra
        ae are unitedarabemirates uae
        af afg afghanistan
        ag atg antiguaandbarbuda
        ai aia anguilla
        al alb albania
        am arm armenia
        ao ago angola
        aq ata antarctica
        ar arg argentina
        as asm americansamoa
        at aut austria
        au aus australia
        aw abw aruba
        ax ala alandislands
        az aze azerbaijan
        ba bih bosniaandherzegovina bosnia
        bb brb barbados
        bd bgd bangladesh
        be bel belgium
        bf bfa burkinafaso
        bg bgr bulgaria
        bh bhr bahrain
        bi bdi burundi
        bj ben benin
        bl blm saintbarthelemy
        bm bmu bermuda
        bn brn brunei bruneidarussalam
        bo bol bolivia
        bq bes bonairesinteustatiusandsaba
        br bra brazil
        bs bhs bahamas
        bt btn bhutan
        bv bvt bouvetisland
        bw bwa botswana
        by blr belarus
        bz blz belize
        ca can canada
        cc cck cocosislands cocoskeelingislands
        cd cod democraticrepublicofthecongo drcongo congokinshasa
        cf caf centralafricanrepublic
        cg cog congo republicofthecongo congobrazzaville
        ch che switzerland
        ci civ ivorycoast cotedivoire
        ck cok cookislands
        cl chl chile
        cm cmr cameroon
        cn chn china
        co col colombia
        cr cri costarica
        cu cub cuba
        cv cpv capeverde caboverde
        cw cuw curacao
        cx cxr christmasisland
        cy cyp cyprus
        cz cze czechrepublic
        de deu germany
        dj dji djibouti
        dk dnk denmark
        dm dma dominica
        do dom dominicanrepublic
        dz dza algeria
        ec ecu ecuador
        ee est estonia
        eg egy egypt
        eh esh westernsahara
        er eri eritrea
        es esp spain
        et eth ethiopia
        fi fin finland
        fj fji fiji
        fk flk falklandislands
        fm fsm micronesia
        fo fro faroeislands
        fr fra france
        ga gab gabon
        gb gbr unitedkingdom greatbritain britain uk
        gd grd grenada
        ge geo georgia
        gf guf frenchguiana
        gg ggy guernsey
        gh gha ghana
        gi gib gibraltar
        gl grl greenland
        gm gmb gambia
        gn gin guinea
        gp glp guadeloupe
        gq gnq equatorialguinea
        gr grc greece
        gs sgs southgeorgiaandthesouthsandwichislands
        gt gtm guatemala
        gu gum guam
        gw gnb guineabissau
        gy guy guyana
        hk hkg hongkong
        hm hmd heardislandandmcdonaldislands
        hn hnd honduras
        hr hrv croatia
        ht hti haiti
        hu hun hungary
        id idn indonesia
        ie irl ireland
        il isr israel
        im imn isleofman
        in ind india
        io iot britishindianoceanterritory
        iq irq iraq
        ir irn iran
        is isl iceland
        it ita italy
        je jey jersey
        jm jam jamaica
        jo jor jordan
        jp jpn japan
        ke ken kenya
        kg kgz kyrgyzstan
        kh khm cambodia
        ki kir kiribati
        km com comoros
        kn kna saintkittsandnevis
        kp prk northkorea
        kr kor southkorea korea republicofkorea
        kw kwt kuwait
        ky cym caymanislands
        kz kaz kazakhstan
        la lao laos
        lb lbn lebanon
        lc lca saintlucia
        li lie liechtenstein
        lk lka srilanka
        lr lbr liberia
        ls lso lesotho
        lt ltu lithuania
        lu lux luxembourg
        lv lva latvia
        ly lby libya
        ma mar morocco
        mc mco monaco
        md mda moldova
        me mne montenegro
        mf maf saintmartin
        mg mdg madagascar
        mh mhl marshallislands
        mk mkd northmacedonia macedonia
        ml mli mali
        mm mmr myanmar burma
        mn mng mongolia
        mo mac macau macao
        mp mnp northernmarianaislands
        mq mtq martinique
        mr mrt mauritania
        ms msr montserrat
        mt mlt malta
        mu mus mauritius
        mv mdv maldives
        mw mwi malawi
        mx mex mexico
        my mys malaysia
        mz moz mozambique
        na nam namibia
        nc ncl newcaledonia
        ne ner niger
        nf nfk norfolkisland
        ng nga nigeria
        ni nic nicaragua
        nl nld netherlands
        no nor norway
        np npl nepal
        nr nru nauru
        nu niu niue
        nz nzl newzealand
        om omn oman
        pa pan panama
        pe per peru
        pf pyf frenchpolynesia
        pg png papuanewguinea
        ph phl philippines
        pk pak pakistan
        pl pol poland
        pm spm saintpierreandmiquelon
        pn pcn pitcairn pitcairnislands
        pr pri puertorico
        ps pse palestine palestinestateof stateofpalestine
        pt prt portugal
        pw plw palau
        py pry paraguay
        qa qat qatar
        re reu reunion
        ro rou romania
        rs srb serbia
        ru rus russia russianfederation
        rw rwa rwanda
        sa sau saudiarabia
        sb slb solomonislands
        sc syc seychelles
        sd sdn sudan
        se swe sweden
        sg sgp singapore
        sh shn sainthelena
        si svn slovenia
        sj sjm svalbardandjanmayen
        sk svk slovakia
        sl sle sierraleone
        sm smr sanmarino
        sn sen senegal
        so som somalia
        sr sur suriname
        ss ssd southsudan
        st stp saotomeandprincipe
        sv slv elsalvador
        sx sxm sintmaarten
        sy syr syria
        sz swz eswatini swaziland
        tc tca turksandcaicosislands
        td tcd chad
        tf atf frenchsouthernterritories
        tg tgo togo
        th tha thailand
        tj tjk tajikistan
        tk tkl tokelau
        tl tls timorleste easttimor
        tm tkm turkmenistan
        tn tun tunisia
        to ton tonga
        tr tur turkey
        tt tto trinidadandtobago
        tv tuv tuvalu
        tw twn taiwan
        tz tza tanzania
        ua ukr ukraine
        ug uga uganda
        um umi unitedstatesminoroutlyingislands
        us usa unitedstates unitedstatesofamerica
        uy ury uruguay
        uz uzb uzbekistan
        va vat vaticancity holysee
        vc vct saintvincentandthegrenadines
        ve ven venezuela
        vg vgb britishvirginislands
        vi vir usvirginislands
        vn vnm vietnam
        vu vut vanuatu
        wf wlf wallisandfutuna
        ws wsm samoa
        ye yem yemen
        yt myt mayotte
        za zaf southafrica
        zm zmb zambia
        zw zwe zimbabwe
        """
}
